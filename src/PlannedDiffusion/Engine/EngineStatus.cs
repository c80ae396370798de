namespace PlannedDiffusion.Engine;

/// <summary>The state of an engine at a moment.</summary>
public sealed record EngineStatus
{
    /// <summary>Requests that run.</summary>
    public required int Running { get; init; }

    /// <summary>Requests that wait, places of streams that nobody has enumerated yet included.</summary>
    public required int Waiting { get; init; }

    /// <summary><see cref="QueueOptions.MaxWaiting"/>.</summary>
    public required int MaxWaiting { get; init; }

    /// <summary>Rows of the last step that was begun.</summary>
    public required int Rows { get; init; }

    /// <summary>
    /// Rows that this step might have had, by <see cref="SchedulingOptions"/>; a single unit may have more.
    /// </summary>
    public required int RowBudget { get; init; }

    /// <summary>Rows that the waiting requests will take, as far as can be told.</summary>
    public required long WaitingRows { get; init; }

    /// <summary>Positions whose keys and values are reserved for running requests.</summary>
    public required long KeyValuesUsed { get; init; }

    /// <summary>
    /// The most that may be reserved: <see cref="QueueOptions.MaxKeyValues"/>, or what the runner's limits allow.
    /// </summary>
    public required long KeyValuesTotal { get; init; }

    /// <summary>Bytes of a position; 0 if the runner does not tell.</summary>
    public required long BytesPerPosition { get; init; }

    /// <summary>
    /// How long the engine has worked on the step under way; zero if it has nothing to do. An age far beyond that of
    /// other steps means that the device hangs.
    /// </summary>
    public required TimeSpan StepAge { get; init; }

    /// <summary>The time of the last step that ended; zero before there was one.</summary>
    public TimeSpan StepTime { get; init; }

    /// <summary>What a request that is refused now is told: see <see cref="EngineOverloadedException"/>.</summary>
    public required TimeSpan RetryAfter { get; init; }

    /// <summary>True if no new requests are taken: see <see cref="PlannedDiffusionEngine.DrainAsync"/>.</summary>
    public required bool IsDraining { get; init; }

    /// <summary>Why the engine computes no more; null while it works.</summary>
    public required Exception? Fault { get; init; }
}
