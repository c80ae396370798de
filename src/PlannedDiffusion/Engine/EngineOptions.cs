using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Engine;

/// <summary>How an engine is built.</summary>
public sealed record EngineOptions
{
    /// <summary>
    /// Makes the runner from the weights and from <see cref="Runner"/>, whose limits are then filled in; for hosts that
    /// bring another device. Null for the CPU. The weights are closed when it returns.
    /// </summary>
    public Func<ModelWeights, RunnerOptions, IModelRunner>? RunnerFactory { get; init; }

    /// <summary>Limits, threads, precision and progress of the runner, whoever makes it.</summary>
    public RunnerOptions Runner { get; init; } = new();
}
