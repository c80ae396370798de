using PlannedDiffusion.Engine;
using PlannedDiffusion.Extensions.AI;

namespace PlannedDiffusion.Hosting;

/// <summary>A state of a supervisor, and a task that leads to the next one.</summary>
internal sealed class EngineMoment(EngineState state, long since)
{
    private readonly TaskCompletionSource<EngineMoment> _next =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    public EngineState State => state;

    /// <summary>The engine and a client of it; null unless one is loaded and works.</summary>
    public PlannedDiffusionEngine? Engine { get; init; }

    /// <inheritdoc cref="Engine"/>
    public PlannedDiffusionChatClient? Client { get; init; }

    /// <summary>The last failure that nothing good came after.</summary>
    public Exception? Failure { get; init; }

    /// <summary>True if no further load is tried.</summary>
    public bool IsFinal { get; init; }

    /// <summary>When the state began.</summary>
    public long Since => since;

    /// <summary>How long it lasts; null if that is not known.</summary>
    public TimeSpan? Lasts { get; init; }

    /// <summary>The state after this one.</summary>
    public Task<EngineMoment> Next => _next.Task;

    public void End(EngineMoment next) => _next.SetResult(next);
}
