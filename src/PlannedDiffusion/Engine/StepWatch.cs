namespace PlannedDiffusion.Engine;

/// <summary>
/// Measures steps. A runner that runs ahead returns before a step is computed: then the time between two steps is that
/// of some step before, and counts once the last steps all had about as many rows as this one.
/// </summary>
internal sealed class StepWatch(MeasuredSteps times, TimeProvider clock, bool runsAhead)
{
    /// <summary>One more than a device has in its queue.</summary>
    private const int Alike = 9;

    private long? _begun;
    private int _bucket = -1, _alike;

    /// <summary>Another step begins.</summary>
    public void Begin(long now)
    {
        if (!runsAhead) _begun = now;
    }

    /// <summary>A step was handed to the runner, and the results that its requests wait for are there.</summary>
    public void End(int rows)
    {
        long now = clock.GetTimestamp();
        int bucket = MeasuredSteps.BucketOf(rows);
        _alike = bucket == _bucket ? _alike + 1 : 0;
        _bucket = bucket;
        if (_begun is { } begun && (!runsAhead || _alike >= Alike)) times.Add(rows, clock.GetElapsedTime(begun, now));
        _begun = now;
    }

    /// <summary>There is nothing to compute.</summary>
    public void Pause()
    {
        _begun = null;
        _alike = 0;
    }
}
