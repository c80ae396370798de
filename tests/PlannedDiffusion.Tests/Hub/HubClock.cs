using System.Collections.Concurrent;

namespace PlannedDiffusion.Tests.Hub;

/// <summary>
/// A clock for downloads: waits are over at once and written down, and a watch for stalls goes off when it is told to.
/// </summary>
internal sealed class HubClock : TimeProvider
{
    public static readonly TimeSpan Stall = TimeSpan.FromSeconds(30);
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private readonly HashSet<HeldTimer> _armed = [];
    private int _due;

    /// <summary>What was waited for, in order.</summary>
    public ConcurrentQueue<TimeSpan> Waits { get; } = [];

    public override DateTimeOffset GetUtcNow() => Now;

    /// <summary>One watch goes off: one that runs, or else the next one.</summary>
    public void Expire()
    {
        HeldTimer? first;
        lock (_lock)
        {
            first = _armed.FirstOrDefault();
            if (first is null) _due++;
            else _armed.Remove(first);
        }

        first?.GoOff();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new HeldTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class HeldTimer(HubClock clock, Action callback) : ITimer
    {
        public void GoOff() => Task.Run(callback);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool goesOff;
            lock (clock._lock)
            {
                clock._armed.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan) return true;
                bool isWatch = dueTime == Stall;
                goesOff = !isWatch || clock._due > 0;
                if (!isWatch) clock.Waits.Enqueue(dueTime);
                else if (goesOff) clock._due--;
                else clock._armed.Add(this);
            }

            if (goesOff) GoOff();
            return true;
        }

        public void Dispose()
        {
            lock (clock._lock) clock._armed.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
