namespace PlannedDiffusion.Engine;

/// <summary>
/// The rows that the engine computes in a second, of the steps of the last seconds. Once steps were measured while
/// requests waited, only such steps count: the queue will be worked off at their rate. One thread measures, any may
/// read.
/// </summary>
internal sealed class StepRate
{
    /// <summary>The time of steps after which a step counts for less than half.</summary>
    private const double Memory = 5;

    private readonly Lock _lock = new();
    private double _rows, _seconds;
    private bool _loaded;

    /// <summary>Rows a second; null before there is a measured step.</summary>
    public double? RowsPerSecond
    {
        get
        {
            lock (_lock) return _seconds > 0 && _rows > 0 ? _rows / _seconds : null;
        }
    }

    /// <summary>A step of so many rows took so long.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="time">Its time, with what the host did for it.</param>
    /// <param name="loaded">True if requests waited meanwhile.</param>
    public void Add(int rows, TimeSpan time, bool loaded)
    {
        lock (_lock)
        {
            if (_loaded && !loaded) return;
            if (loaded && !_loaded) _rows = _seconds = 0;
            _loaded |= loaded;
            double kept = Math.Exp(-time.TotalSeconds / Memory);
            _rows = (_rows * kept) + rows;
            _seconds = (_seconds * kept) + time.TotalSeconds;
        }
    }
}
