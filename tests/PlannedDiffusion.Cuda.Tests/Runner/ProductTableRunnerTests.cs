using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Steps;
using PlannedDiffusion.Cuda.Tests.Cli;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.RunnerSteps;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>Runners that follow a table of products, and tables that they cannot follow.</summary>
public sealed class ProductTableRunnerTests(TestDevice device) : CudaTests(device), IDisposable
{
    private static readonly CudaSetup Options = CudaRunners.Exact with
    {
        Precision = Precision.BF16,
        Products = ProductChoice.Automatic,
    };

    private readonly TemporaryDirectory _folder = new();

    public override void Dispose()
    {
        _folder.Dispose();
        base.Dispose();
    }

    /// <summary>cuBLAS is called with more rows than a step may have: nothing of it reaches a result.</summary>
    [Fact]
    public void ProductsOfATableGiveTheSameLogits()
    {
        Assert.SkipUnless(Device.Device.Libraries.HasCuBlas, "cuBLAS is not installed.");
        Simulator? simulator = TestDevice.Driver is { } ? Simulator.Require(Device) : null;
        float[] expected = LogitsWith(Options with { Products = ProductChoice.Own });
        long before = simulator?.Calls("cublasGemmEx") ?? 0;
        float[] actual = LogitsWith(Options with { ProductTable = WriteTable(Device.Device.Name) });
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 0.02);
        // By rule a model so small would not have been given to it.
        if (simulator is not null) Assert.True(simulator.Calls("cublasGemmEx") > before);
    }

    [Fact]
    public void ATableForAnotherDeviceIsRefusedAndNothingIsLeft()
    {
        Simulator simulator = Simulator.Require(Device);
        long before = simulator.LiveObjects;
        string table = WriteTable("NVIDIA Z900");
        ProductTableException e = Assert.Throws<ProductTableException>(
            () => LogitsWith(Options with { ProductTable = table }));
        Assert.Equal(
            $"{table}: has no table for {Device.Device.Name} ({Device.Device.Architecture}) with " +
            $"{Device.Device.Multiprocessors} multiprocessors, but for NVIDIA Z900 with " +
            $"{Device.Device.Multiprocessors}",
            e.Message);
        Assert.Equal(before, simulator.LiveObjects);
    }

    [Fact]
    public async Task TheEnvironmentAndAnOptionNameATable()
    {
        _ = Device.Device;
        string broken = _folder.File("broken.json"), good = WriteTable(Device.Device.Architecture);
        File.WriteAllText(broken, "{}");
        TinyModels.WriteTo(_folder.Path, TinyModels.Config(layers: 1));
        (string, string) named = (ProductTables.FileVariable, broken);
        foreach (CommandRun run in new[]
        {
            await CommandRun.Of([named], "warm", "-m", _folder.Path),
            await CommandRun.Of([], "warm", "-m", _folder.Path, "--product-table", broken),
        })
        {
            Assert.Equal(1, run.Code);
            Assert.Equal($"pd: {broken}: tables is missing", run.Error.TrimEnd());
        }

        // The option counts more.
        CommandRun followed = await CommandRun.Of([named], "warm", "-m", _folder.Path, "--product-table", good);
        Assert.True(followed.Code == 0, followed.Error);
    }

    private float[] LogitsWith(CudaSetup options)
    {
        _ = Device.Device;
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        using CudaModelRunner runner = CudaRunners.Create(weights, options);
        return Logits(runner);
    }

    private string WriteTable(string device)
    {
        var widths = new ModelWidths(TinyModels.Config());
        ProductShape[] shapes =
        [
            new(widths.QueryKeyValue, widths.Hidden, ProductResult.Partial),
            new(widths.Hidden, widths.Attended, ProductResult.Partial),
            new(2 * widths.Mlp, widths.Hidden, ProductResult.SiluMul),
            new(widths.Hidden, widths.Mlp, ProductResult.Partial),
            new(widths.Vocabulary, widths.Hidden, ProductResult.Whole),
        ];
        string file = _folder.File("table.json");
        ProductTableFile.Write(file,
        [
            new(device, Device.Device.Multiprocessors, true, "here",
            [
                .. shapes.Select(shape => new ProductLines(shape,
                [
                    new(8, null, 8), new(32, GemmTiling.Split(new BlockTile(32, 64, true), shape.Inputs, 1), 128),
                    new(96, GemmTiling.Split(new BlockTile(64, 128, true), shape.Inputs, 1), 256),
                ])),
            ]),
        ]);
        return file;
    }
}
