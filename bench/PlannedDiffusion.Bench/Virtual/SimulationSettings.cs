using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>The engine of a simulation.</summary>
internal sealed record SimulationSettings
{
    /// <summary>The limits of the runner.</summary>
    public RunnerLimits Limits { get; init; } =
        new() { MaxRowsPerStep = 1024, MaxSequences = 2048, MaxPositions = 4096 };

    /// <summary>How requests share steps.</summary>
    public SchedulingOptions Scheduling { get; init; } = new();

    /// <summary>The queue. By default every request is taken, and runs if there is a sequence for it.</summary>
    public QueueOptions Queue { get; init; } = QueueOptions.Unbounded with { MaxPlanned = 2048 };
}
