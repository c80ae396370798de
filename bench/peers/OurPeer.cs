using PlannedDiffusion.Bench.Host;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Peers;

/// <summary>This engine's CPU runner. A step has one row, or masked rows that see the cache and each other.</summary>
internal sealed class OurPeer : IStepPeer
{
    private readonly int _cached;
    private readonly CpuModelRunner _runner;

    public OurPeer(string folder, int threads, int cached, int mostRows)
    {
        _cached = cached;
        var limits = new RunnerLimits
        {
            MaxSequences = 1,
            MaxPositions = cached + mostRows + 1,
            MaxRowsPerStep = Math.Max(cached, mostRows),
        };
        using var weights = ModelWeights.Load(folder);
        _runner = CpuModelRunner.Create(weights, new RunnerOptions { Threads = threads, Limits = limits });
    }

    public string Name => "ours, bf16";

    public double MedianMilliseconds(int rows, int repetitions)
    {
        var shape = new StepShape(rows, _cached);
        StepMeasurement step = StepBenchmark.Run(
            _runner, shape, SamplingParams.Greedy, repetitions, _runner.WeightBytesPerStep);
        return step.MedianMilliseconds;
    }

    public void Dispose() => _runner.Dispose();
}
