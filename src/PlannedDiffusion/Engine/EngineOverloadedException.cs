namespace PlannedDiffusion.Engine;

/// <summary>The bound of the queue that refused a request.</summary>
public enum OverloadReason
{
    /// <summary><see cref="QueueOptions.MaxWaiting"/>.</summary>
    Requests,

    /// <summary><see cref="QueueOptions.MaxWork"/>.</summary>
    Work,
}

/// <summary>
/// The engine has too much to do: it refused the request at the call, and nothing was computed. The same request may
/// be sent again later.
/// </summary>
public sealed class EngineOverloadedException : InvalidOperationException
{
    internal EngineOverloadedException(OverloadReason reason, int waiting, TimeSpan retryAfter)
        : base(Message(reason, waiting, retryAfter))
    {
        Reason = reason;
        RetryAfter = retryAfter;
    }

    /// <summary>The bound that was reached.</summary>
    public OverloadReason Reason { get; }

    /// <summary>
    /// The time in which the engine can do what waits now: whole seconds, from 1 to 60.
    /// </summary>
    public TimeSpan RetryAfter { get; }

    private static new string Message(OverloadReason reason, int waiting, TimeSpan retryAfter)
    {
        string bound = reason == OverloadReason.Requests ? "the most that may wait" : "as much work as may wait";
        return $"The queue is full: {waiting} requests wait, {bound}. Retry in {retryAfter.TotalSeconds:0} s.";
    }
}
