using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>The engine of a simulation.</summary>
internal sealed record SimulationSettings
{
    /// <summary>The limits of the runner.</summary>
    public RunnerLimits Limits { get; init; } =
        new() { MaxRowsPerStep = 1024, MaxSequences = 256, MaxPositions = 4096 };

    /// <summary>Options of the engine; its clock and its queue are set.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>The queue. By default every request is taken, and runs if there is a sequence for it.</summary>
    public QueueOptions Queue { get; init; } = QueueOptions.Unbounded with { MaxPlanned = 256 };
}
