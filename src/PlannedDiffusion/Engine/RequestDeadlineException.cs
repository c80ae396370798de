namespace PlannedDiffusion.Engine;

/// <summary>A request has not ended within its <see cref="GenerationRequest.Deadline"/>.</summary>
public sealed class RequestDeadlineException : TimeoutException
{
    internal RequestDeadlineException(TimeSpan deadline, bool started)
        : base($"The request has not ended within {deadline.TotalSeconds:0.###} s"
            + (started ? "." : ": it waited all the time, and nothing was computed."))
    {
        Deadline = deadline;
        Started = started;
    }

    /// <summary>The time that it had.</summary>
    public TimeSpan Deadline { get; }

    /// <summary>False if it still waited, so that nothing was computed.</summary>
    public bool Started { get; }
}
