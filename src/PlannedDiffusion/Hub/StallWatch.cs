namespace PlannedDiffusion.Hub;

/// <summary>Cancels what waits for bytes when none came for too long, or when the caller cancels.</summary>
internal sealed class StallWatch : IDisposable
{
    private readonly TimeSpan _patience;
    private readonly CancellationTokenSource _expired;
    private readonly CancellationTokenSource _either;

    public StallWatch(HubTuning tuning, CancellationToken cancellation)
    {
        _patience = tuning.Stall;
        _expired = new CancellationTokenSource(tuning.Stall, tuning.Clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_expired.Token, cancellation);
    }

    public CancellationToken Token => _either.Token;

    public bool HasExpired => _expired.IsCancellationRequested;

    public TimeSpan Patience => _patience;

    /// <summary>Something came: the time begins again.</summary>
    public void Restart() => _expired.CancelAfter(_patience);

    public void Dispose()
    {
        _either.Dispose();
        _expired.Dispose();
    }
}
