namespace PlannedDiffusion.Bench.Virtual;

/// <summary>
/// A clock that moves only when it is told to. Timers are called at their time, in order, by the thread that moves the
/// clock. Meanwhile no other thread can read it: an engine that wakes up goes on once everything of that moment has
/// happened.
/// </summary>
internal sealed class VirtualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Setting, (long Due, long Number)> _settings = new();
    private long _now, _numbers;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>The time since the beginning.</summary>
    public TimeSpan Now => TimeSpan.FromTicks(GetTimestamp());

    /// <summary>When the next timer is due; null if there is none.</summary>
    public TimeSpan? Next
    {
        get
        {
            lock (_lock)
            {
                while (_settings.TryPeek(out Setting first, out _) && !first.IsValid) _settings.Dequeue();
                return _settings.TryPeek(out _, out (long Due, long) next) ? TimeSpan.FromTicks(next.Due) : null;
            }
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_lock) return _now;
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(period, Timeout.InfiniteTimeSpan);
        var timer = new VirtualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Calls something at a time, or now if that has passed.</summary>
    public void At(TimeSpan time, Action action)
    {
        lock (_lock) CreateTimer(_ => action(), null, Max(time - Now, TimeSpan.Zero), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Moves the clock by so much.</summary>
    public void Advance(TimeSpan time)
    {
        lock (_lock) MoveTo(_now + time.Ticks);
    }

    /// <summary>
    /// Moves the clock to the next timer, and calls all timers that are due then; false if there is none.
    /// </summary>
    public bool AdvanceToNext()
    {
        lock (_lock)
        {
            if (Next is not { } next) return false;
            MoveTo(next.Ticks);
            return true;
        }
    }

    private void MoveTo(long end)
    {
        while (_settings.TryPeek(out Setting first, out (long Due, long) next) && next.Due <= end)
        {
            _settings.Dequeue();
            if (!first.IsValid) continue;
            _now = Math.Max(_now, next.Due);
            first.Timer.Ring();
        }

        _now = Math.Max(_now, end);
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    /// <summary>A time for which a timer was set. Changing the timer makes it void.</summary>
    private readonly record struct Setting(VirtualTimer Timer, int Change)
    {
        public bool IsValid => Timer.Changes == Change;
    }

    private sealed class VirtualTimer(VirtualClock clock, Action callback) : ITimer
    {
        public int Changes { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                Changes++;
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                clock._settings.Enqueue(new Setting(this, Changes), (clock._now + dueTime.Ticks, clock._numbers++));
                return true;
            }
        }

        public void Ring()
        {
            Changes++;
            callback();
        }

        public void Dispose()
        {
            lock (clock._lock) Changes++;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
