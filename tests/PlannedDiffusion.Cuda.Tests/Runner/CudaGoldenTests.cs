using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>All recorded passes, answers and requests through the CUDA runner in f32.</summary>
[Trait("Category", "Golden")]
public sealed class CudaGoldenTests(TestDevice device, ITestOutputHelper output) : CudaTests(device)
{
    private static readonly CudaSetup Options = CudaRunners.Exact with
    {
        Limits = new RunnerLimits { MaxSequences = 1, MaxPositions = 1024, MaxRowsPerStep = 1024 },
    };

    [Fact]
    public void LogitsOfAllRecordedPassesAgree()
    {
        _ = Device.Device;
        (int cases, double worst) = GoldenForward.LargestDifference(
            model => CudaRunners.Load(GoldenModels.Folder(model), Options));
        output.WriteLine($"{cases} passes, largest difference {worst:G3}");
        Assert.True(cases >= Golden.Names("forward").Count);
        Assert.InRange(worst, 0, Tolerances.GoldenLogits);
    }

    [Fact]
    public void AutoregressiveDecodingIsReproduced()
    {
        using var runners = new Runners(Device);
        int ran = GoldenDecoding.CheckAutoregressive(runners.Open);
        output.WriteLine($"{ran} recorded answers");
        Assert.True(ran > 0);
    }

    [Fact]
    public void PlainDiffusionIsReproduced()
    {
        using var runners = new Runners(Device);
        int ran = GoldenDecoding.CheckDiffusion(runners.Open);
        output.WriteLine($"{ran} recorded answers");
        Assert.True(ran > 0);
    }

    [Fact]
    public void EveryRecordedRequestIsReproduced()
    {
        using var runners = new Runners(Device);
        int ran = GoldenRequests.CheckAll(runners.Open, output.WriteLine);
        output.WriteLine($"{ran} recorded requests");
        Assert.True(ran > 0);
    }

    /// <summary>One runner for each model: its sequences come one after another.</summary>
    private sealed class Runners : IDisposable
    {
        private readonly Dictionary<string, CudaModelRunner> _open = [];

        // Without a device the test ends here, and not in one of its cases.
        public Runners(TestDevice device) => _ = device.Device;

        public CudaModelRunner Open(string model)
        {
            if (!_open.TryGetValue(model, out CudaModelRunner? runner))
                _open.Add(model, runner = CudaRunners.Load(GoldenModels.Folder(model), Options));
            return runner;
        }

        public void Dispose()
        {
            foreach (CudaModelRunner runner in _open.Values) runner.Dispose();
        }
    }
}
