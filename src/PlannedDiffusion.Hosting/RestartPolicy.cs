namespace PlannedDiffusion.Hosting;

/// <summary>How long to wait before a failed engine is loaded again, and when no more.</summary>
internal sealed class RestartPolicy(PlannedDiffusionSettings settings, TimeProvider clock)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Queue<long> _failures = new();

    /// <summary>Notes a failure.</summary>
    /// <returns>The pause before the next try; null if there have been too many.</returns>
    public TimeSpan? Next()
    {
        while (_failures.TryPeek(out long first) && clock.GetElapsedTime(first) > settings.RestartWindow)
            _failures.Dequeue();
        if (_failures.Count >= settings.MaxRestarts) return null;
        double pause = settings.RestartPause.TotalSeconds * Math.Pow(2, _failures.Count);
        _failures.Enqueue(clock.GetTimestamp());
        return pause < LongestPause.TotalSeconds ? TimeSpan.FromSeconds(pause)
            : settings.RestartPause > LongestPause ? settings.RestartPause : LongestPause;
    }
}
