using PlannedDiffusion.Cuda.Kernels;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Benchmarks.Device;

/// <summary>
/// The products of a layer and of the output head: the kernel that the runner takes, our fastest and cuBLAS. The ratio
/// is to the time of reading the weights at the copy bandwidth.
/// </summary>
internal static class ProductBench
{
    public const string Name = "products";

    public static void Run(DeviceBench bench, ModelConfig config, DeviceRows rows)
    {
        int[] buckets = bench.IsSmall ? [1, 16] : [1, 2, 4, 8, 16, 32, 64, 96, 128, 192, 256];
        using CuBlas? cuBlas = CuBlas.TryLoad(bench.Device, bench.Stream);
        var products = new MatrixProducts(bench.Library, bfloat16: true, cuBlas);
        var timings = new ProductTimings(bench.Device, bench.Stream, bfloat16: true);
        foreach ((string name, ProductShape shape) in Shapes(config))
        {
            string[] chosen = [.. buckets.Select(count => products.For(shape, count).Description)];
            ILookup<int, ProductTiming> measured = timings.Measure(products, [shape], buckets)
                .ToLookup(timing => timing.Product.Rows);
            for (int i = 0; i < buckets.Length; i++)
            {
                ProductTiming[] all = [.. measured[buckets[i]]];
                Add(rows, name, all.First(timing => timing.Product.Description == chosen[i]), "chosen: ");
                ProductTiming own = all.First(timing => timing.Product is not CuBlasProduct);
                if (own.Product.Description != chosen[i]) Add(rows, name, own, "own: ");
                ProductTiming theirs = all.FirstOrDefault(timing => timing.Product is CuBlasProduct);
                if (theirs.Product is not null && chosen[i] != theirs.Product.Description) Add(rows, name, theirs, "");
            }
        }
    }

    private static void Add(DeviceRows rows, string name, ProductTiming timing, string kind)
    {
        ProductShape shape = timing.Product.Shape;
        int count = timing.Product.Rows;
        double flops = 2.0 * count * shape.Outputs * shape.Inputs;
        double readOnce = timing.WeightBytes / rows.CopyGigabytesPerSecond / 1e3;
        rows.Add(
            Name, name, count, new DeviceTime(timing.Microseconds, timing.Microseconds), timing.WeightBytes, flops,
            timing.Microseconds / readOnce, kind + timing.Product.Description);
    }

    private static IEnumerable<(string Name, ProductShape Shape)> Shapes(ModelConfig config)
    {
        int hidden = PaddedWidth.Of(config.HiddenSize), mlp = PaddedWidth.Of(config.IntermediateSize);
        int attended = PaddedWidth.Of(config.QuerySize);
        yield return ("qkv", new(PaddedWidth.Of(config.QuerySize + 2 * config.KvSize), hidden, ProductResult.Partial));
        yield return ("output", new(hidden, attended, ProductResult.Partial));
        yield return ("gate_up", new(2 * mlp, hidden, ProductResult.SiluMul));
        yield return ("down", new(hidden, mlp, ProductResult.Partial));
        yield return ("head", new(PaddedWidth.Of(config.VocabularySize), hidden, ProductResult.Whole));
    }
}
