namespace PlannedDiffusion.Engine;

/// <summary>
/// The number of requests that arrived in the last ten seconds, to a tenth of a second. Its memory does not depend on
/// their number. Safe for concurrent use.
/// </summary>
internal sealed class RecentArrivals(TimeProvider clock)
{
    private const int Tenths = 100; // of a second, that count

    private readonly Lock _lock = new();
    private readonly int[] _arrivals = new int[Tenths]; // by tenth, in a ring
    private readonly long _begin = clock.GetTimestamp();
    private long _tenth; // the last one that has a place
    private int _count;

    /// <summary>Their number.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                Forget();
                return _count;
            }
        }
    }

    /// <summary>Notes one.</summary>
    public void Add()
    {
        lock (_lock)
        {
            Forget();
            _arrivals[_tenth % Tenths]++;
            _count++;
        }
    }

    private void Forget()
    {
        long now = clock.GetElapsedTime(_begin).Ticks / (TimeSpan.TicksPerSecond / 10);
        for (int passed = 0; _tenth < now && passed < Tenths; passed++)
        {
            _tenth++;
            _count -= _arrivals[_tenth % Tenths];
            _arrivals[_tenth % Tenths] = 0;
        }

        _tenth = Math.Max(_tenth, now);
    }
}
