using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Engine;

/// <summary>Options of an engine.</summary>
public sealed record EngineOptions
{
    /// <summary>
    /// Makes the runner from the weights and from <see cref="Runner"/>, whose limits are set. For hosts with another
    /// device; null for the CPU. The weights are closed after it returns.
    /// </summary>
    public Func<ModelWeights, RunnerOptions, IModelRunner>? RunnerFactory { get; init; }

    /// <summary>Limits, threads, precision and progress of the runner, whichever factory makes it.</summary>
    public RunnerOptions Runner { get; init; } = new();
}
