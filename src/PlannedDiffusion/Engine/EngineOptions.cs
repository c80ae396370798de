using PlannedDiffusion.Cpu;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Engine;

/// <summary>How an engine is built.</summary>
public sealed record EngineOptions
{
    /// <summary>
    /// Makes the runner from the weights, for hosts that bring another device; null for the CPU. The weights are
    /// closed when it returns.
    /// </summary>
    public Func<ModelWeights, IModelRunner>? RunnerFactory { get; init; }

    /// <summary>Threads of the CPU runner; 0 for as many as there are physical cores.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// What the CPU runner reserves memory for; null for up to 4 requests at a time of up to 2048 positions each.
    /// </summary>
    public RunnerLimits? Limits { get; init; }

    /// <summary>The CPU runner's options for a model.</summary>
    internal CpuRunnerOptions CpuOptions(ModelConfig config) => new()
    {
        Threads = Threads,
        Limits = Limits ?? new RunnerLimits { MaxSequences = 4, MaxPositions = Math.Min(2048, config.MaxPositions) },
    };
}
