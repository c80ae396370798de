using PlannedDiffusion.Cpu;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Options of a runner reach it, whichever factory makes it.</summary>
public sealed class EngineOptionsTests : IDisposable
{
    private readonly TemporaryDirectory _folder = TinyTokenizer.Write(TinyTokenizer.Describe());

    public EngineOptionsTests() => TinyModels.WriteTo(_folder.Path, Config);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryOptionReachesTheFactory()
    {
        var progress = new ProgressList();
        var asked = new RunnerOptions
        {
            Limits = Limits,
            Threads = 1,
            Precision = Precision.F32,
            Progress = progress,
            TimeSteps = true,
        };
        RunnerOptions? got = null;
        using PlannedDiffusionEngine engine = PlannedDiffusionEngine.Load(_folder.Path, new EngineOptions
        {
            Runner = asked,
            RunnerFactory = (weights, options) =>
            {
                got = options;
                return CpuModelRunner.Create(weights, options);
            },
        });
        Assert.Equal(asked, got);
        Assert.Equal(Limits, engine.Limits);
        Assert.NotEmpty(progress.Reports);
    }

    /// <summary>The limits equal those in the documentation.</summary>
    [Theory]
    [InlineData(512, 512)]
    [InlineData(2048, 2048)]
    [InlineData(8192, 2048)]
    public void DefaultLimitsAreTheSameForEveryRunner(int trained, int positions)
    {
        TinyModels.WriteTo(_folder.Path, Config with { MaxPositions = trained });
        RunnerOptions? got = null;
        using PlannedDiffusionEngine cpu = PlannedDiffusionEngine.Load(_folder.Path);
        using PlannedDiffusionEngine other = PlannedDiffusionEngine.Load(_folder.Path, new EngineOptions
        {
            RunnerFactory = (weights, options) =>
            {
                got = options;
                return new ReferenceModelRunner(ReferenceWeights.From(weights), options.Limits);
            },
        });
        var usual = new RunnerLimits { MaxSequences = 4, MaxPositions = positions };
        Assert.Equal((usual, usual, usual), (cpu.Limits, other.Limits, got!.Limits));
        Assert.Equal(("cpu", "reference"), (cpu.Device, other.Device));
    }

    [Fact]
    public void LimitsOutsideTheirRangeAreRefusedBeforeARunnerIsMade()
    {
        var options = new EngineOptions
        {
            Runner = new RunnerOptions { Limits = new RunnerLimits { MaxRowsPerStep = 0 } },
            RunnerFactory = (_, _) => throw new InvalidOperationException("made"),
        };
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(
            () => PlannedDiffusionEngine.Load(_folder.Path, options));
        Assert.Contains("MaxRowsPerStep is 0", refusal.Message, StringComparison.Ordinal);
    }
}
