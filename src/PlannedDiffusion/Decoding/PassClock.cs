using System.Diagnostics;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// Notes when passes are handed to the runner and when they are known to be computed; see <see cref="PassTime"/>. All
/// moments are timestamps of <see cref="Stopwatch"/>. Noting allocates nothing.
/// </summary>
/// <param name="capacity">Most passes.</param>
internal sealed class PassClock(int capacity)
{
    private readonly List<(long Ready, long Handed)> _handed = new(capacity + 1); // with a surplus one at the end
    private readonly List<PassTime> _times = new(capacity);
    private long _submitted, _end, _ready;

    /// <summary>The times of the passes that are known to be computed.</summary>
    public IReadOnlyList<PassTime> Times => _times;

    /// <summary>When the last of them was; before the first one, when the request was let in.</summary>
    public long End => _end;

    /// <summary>Begins: the first pass is to be prepared.</summary>
    public void Begin(long submitted, long admitted)
    {
        _submitted = submitted;
        _end = _ready = admitted;
    }

    /// <summary>Notes that the next pass is prepared.</summary>
    public void Ready(long at) => _ready = at;

    /// <summary>
    /// Notes that a pass was handed over; what was handed over in its place before stays the earliest.
    /// </summary>
    public void Handed(int pass, long at)
    {
        if (pass == _handed.Count) _handed.Add((_ready, at));
    }

    /// <summary>Notes that so many passes are computed; those not known so far share the time since.</summary>
    public void Computed(int passes, long at)
    {
        int count = Math.Min(passes, _handed.Count) - _times.Count;
        if (count <= 0) return;
        (long ready, long handed) = _handed[_times.Count];
        ready = Math.Clamp(ready, _end, at);
        long start = Math.Clamp(handed, ready, at);
        TimeSpan host = At(ready) - At(_end), waiting = At(start) - At(ready);
        for (int i = 0; i < count; i++)
        {
            long end = start + ((at - start) / (count - i));
            _times.Add(new PassTime(At(start), At(end) - At(start), host, waiting));
            host = waiting = TimeSpan.Zero;
            start = end;
        }

        _end = at;
    }

    // Differences of rounded moments leave no gap; rounded differences would.
    private TimeSpan At(long moment) => Stopwatch.GetElapsedTime(_submitted, moment);
}
