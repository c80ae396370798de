using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// Records when passes are handed to the runner and when they are known to be computed; see <see cref="PassTime"/>. All
/// times are timestamps of one clock. Recording allocates nothing.
/// </summary>
/// <param name="capacity">The most passes.</param>
/// <param name="steps">The times at which the device ran each step; null if they are not measured.</param>
/// <param name="clock">The clock; null for the system's, whose timestamps those of devices are.</param>
internal sealed class PassClock(int capacity, IStepClock? steps = null, TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly List<Handing> _handed = new(capacity + 1); // with a surplus pass at the end
    private readonly List<PassTime> _times = new(capacity);
    private long _submitted, _end, _ready;

    /// <summary>The times of the passes that are known to be computed.</summary>
    public IReadOnlyList<PassTime> Times => _times;

    /// <summary>
    /// The end of the last of them; before the first one, the time at which the request was admitted.
    /// </summary>
    public long End => _end;

    /// <summary>Begins with the preparation of the first pass.</summary>
    public void Begin(long submitted, long admitted)
    {
        _submitted = submitted;
        _end = _ready = admitted;
    }

    /// <summary>Records that the next pass is prepared.</summary>
    public void Ready(long at) => _ready = at;

    /// <summary>
    /// Records that a pass was handed over. If a pass replaces a surplus pass, the host's clock keeps the time of the
    /// first, and the device's clock takes the step of the last.
    /// </summary>
    /// <param name="pass">Its number.</param>
    /// <param name="at">The time.</param>
    /// <param name="step">The number of its step on the device; negative if it has none.</param>
    public void Handed(int pass, long at, long step = -1)
    {
        var handing = new Handing(_ready, at, step);
        if (pass == _handed.Count) _handed.Add(handing);
        else if (step >= 0) _handed[pass] = handing;
    }

    /// <summary>
    /// Records that so many passes are computed. Each takes the time of its step on the device. Passes without such a
    /// time share the time up to the next pass with one, or up to now.
    /// </summary>
    public void Computed(int passes, long at)
    {
        int end = Math.Min(passes, _handed.Count);
        while (_times.Count < end)
        {
            int first = _times.Count, next = first;
            StepTime step = default;
            while (next < end && !IsTimed(next, out step)) next++;
            if (next > first) Share(next - first, next < end ? Math.Clamp(step.Begin, _end, at) : at);
            if (next < end) Take(next, step, at);
        }
    }

    private bool IsTimed(int pass, out StepTime time)
    {
        time = default;
        return steps is not null && _handed[pass].Step >= 0 && steps.TryGetTime(_handed[pass].Step, out time);
    }

    /// <summary>Passes share the time since the last one, by the times at which the host handed them over.</summary>
    private void Share(int count, long until)
    {
        Handing handing = _handed[_times.Count];
        long ready = Math.Clamp(handing.Ready, _end, until);
        long start = Math.Clamp(handing.At, ready, until);
        for (int i = 0; i < count; i++)
        {
            long end = start + ((until - start) / (count - i));
            Add(ready, start, end, onDevice: false);
            ready = start = end;
        }
    }

    /// <summary>
    /// A pass takes the time of its step. Two clocks never agree completely: only here this time is clamped between the
    /// end of the previous pass and now.
    /// </summary>
    private void Take(int pass, StepTime step, long at)
    {
        long start = Math.Clamp(step.Begin, _end, at);
        long ready = Math.Clamp(_handed[pass].Ready, _end, start);
        Add(start - OtherSteps(pass, ready, start), start, Math.Clamp(step.End, start, at), onDevice: true);
    }

    /// <summary>The time that the device spent on steps of other requests or on surplus passes.</summary>
    private long OtherSteps(int pass, long from, long until)
    {
        long busy = 0, own = pass > 0 ? _handed[pass - 1].Step : -1;
        for (long step = _handed[pass].Step - 1; step > own; step--)
        {
            if (!steps!.TryGetTime(step, out StepTime other) || other.End <= from) break;
            busy += Math.Max(0, Math.Min(other.End, until) - Math.Max(other.Begin, from));
        }

        return Math.Min(busy, until - from);
    }

    private void Add(long ready, long start, long end, bool onDevice)
    {
        TimeSpan host = At(ready) - At(_end), waiting = At(start) - At(ready);
        _times.Add(new PassTime(At(start), At(end) - At(start), host, waiting, onDevice));
        _end = end;
    }

    // Differences of rounded times leave no gap; rounded differences would.
    private TimeSpan At(long moment) => _clock.GetElapsedTime(_submitted, moment);

    private readonly record struct Handing(long Ready, long At, long Step);
}
