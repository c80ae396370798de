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

    /// <summary>The bounds of the queue in front of the engine.</summary>
    public QueueOptions Queue { get; init; } = new();

    /// <summary>How running requests share steps.</summary>
    public SchedulingOptions Scheduling { get; init; } = new();

    /// <summary>
    /// The model's name in metrics, where it tells several engines of a process apart. Null for the name of the folder;
    /// an engine that is not loaded from one then has none.
    /// </summary>
    public string? ModelName { get; init; }

    /// <summary>
    /// How long <see cref="PlannedDiffusionEngine.Dispose"/> waits for the step under way, which may hang; infinite for
    /// as long as it takes.
    /// </summary>
    public TimeSpan DisposeTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The clock of everything that the engine times or reports. For tests and simulations that bring their own. A
    /// runner with a <see cref="IModelRunner.StepClock"/> needs the system's.
    /// </summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Checks what does not concern the runner.</summary>
    internal void Validate()
    {
        OptionRange.Require(Queue is not null, Queue, "options", nameof(Queue));
        OptionRange.Require(Scheduling is not null, Scheduling, "options", nameof(Scheduling));
        OptionRange.Require(Clock is not null, Clock, "a clock", nameof(Clock));
        OptionRange.Require(
            DisposeTimeout == Timeout.InfiniteTimeSpan
                || (DisposeTimeout > TimeSpan.Zero && DisposeTimeout <= TimeSpan.FromDays(1)),
            DisposeTimeout, "above 0, up to a day, or infinite", nameof(DisposeTimeout));
        Queue!.Validate();
        Scheduling!.Validate();
    }
}
