namespace PlannedDiffusion.Engine;

/// <summary>
/// The shares of all keys. A key that comes back has got at least as many rows as the least of those that run: it
/// brings no credit. Who uses it holds the queue's lock.
/// </summary>
internal sealed class Shares(bool even)
{
    /// <summary>Keys without requests that are remembered.</summary>
    private const int MostRemembered = 1024;

    private readonly Share _none = new(null);
    private readonly Dictionary<string, Share> _keys = [];
    private readonly List<Share> _running = [];
    private int _present;

    /// <summary>True if there are requests of several keys.</summary>
    public bool AreSeveral => _present > 1;

    /// <summary>Keys that are known.</summary>
    public int Remembered => _keys.Count;

    /// <summary>A request has come to wait.</summary>
    public Share Enter(string? key)
    {
        Share share = Of(even ? key : null);
        if (share.Present++ > 0) return share;
        _present++;
        share.Served = Math.Max(share.Served, Least());
        return share;
    }

    /// <summary>A request is gone.</summary>
    public void Exit(Share share)
    {
        if (--share.Present > 0) return;
        _present--;
        if (share.Key is not null && share.Served <= Least()) _keys.Remove(share.Key);
        if (_keys.Count <= MostRemembered + _present) return;
        foreach ((string key, Share other) in _keys)
        {
            if (other.Present == 0) _keys.Remove(key);
        }
    }

    /// <summary>A request has begun to run, or has ended.</summary>
    public void CountRunning(Share share, int change)
    {
        if (share.Running == 0) _running.Add(share);
        share.Running += change;
        if (share.Running == 0) _running.Remove(share);
    }

    private Share Of(string? key)
    {
        if (key is null) return _none;
        if (_keys.TryGetValue(key, out Share? share)) return share;
        _keys.Add(key, share = new Share(key));
        return share;
    }

    private long Least()
    {
        long least = _running.Count == 0 ? 0 : long.MaxValue;
        foreach (Share share in _running) least = Math.Min(least, share.Served);
        return least;
    }
}
