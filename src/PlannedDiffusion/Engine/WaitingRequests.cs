namespace PlannedDiffusion.Engine;

/// <summary>
/// Requests that wait for a place, in order. Adding one, taking the first and cancelling any cost the same however many
/// wait. A request that is cancelled here ends at once, on the thread that cancels it.
/// </summary>
internal sealed class WaitingRequests : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<GenerationJob> _jobs = [];
    private readonly AutoResetEvent _changed = new(false);
    private bool _closed;

    /// <summary>True once no request is taken any more.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_lock) return _closed;
        }
    }

    /// <summary>Adds a request behind the others.</summary>
    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    public void Add(GenerationJob job)
    {
        job.Watch(Withdraw); // first: a cancellation from here on is seen by one of the two
        bool closed;
        lock (_lock)
        {
            closed = _closed;
            if (!closed && !job.IsCancelled)
            {
                _jobs.AddLast(job.Place);
                _changed.Set();
                return;
            }
        }

        if (!closed) job.Fail(job.Cancelled());
        else job.Dispose();
        ObjectDisposedException.ThrowIf(closed, typeof(PlannedDiffusionEngine));
    }

    /// <summary>Takes the first request out; null if there is none, or if it is <paramref name="but"/>.</summary>
    public GenerationJob? Take(GenerationJob? but = null)
    {
        lock (_lock)
        {
            if (_jobs.First is not { } first || first.Value == but) return null;
            _jobs.Remove(first);
            return first.Value;
        }
    }

    /// <summary>Makes a request that was taken the first again; one that was cancelled meanwhile ends.</summary>
    public void PutBack(GenerationJob job)
    {
        lock (_lock)
        {
            if (!job.IsCancelled)
            {
                _jobs.AddFirst(job.Place);
                return;
            }
        }

        job.Fail(job.Cancelled());
    }

    /// <summary>Ends a request that nobody wants any more, if it waits here.</summary>
    public void Withdraw(GenerationJob job)
    {
        lock (_lock)
        {
            if (job.Place.List is null) return;
            _jobs.Remove(job.Place);
        }

        job.Fail(job.Cancelled());
    }

    /// <summary>Sleeps until a request has come, or the queue is closed.</summary>
    public void WaitForMore() => _changed.WaitOne();

    /// <summary>Takes no request any more, and wakes whoever sleeps.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (_closed) return;
            _closed = true;
            _changed.Set();
        }
    }

    /// <summary>Call it once the queue is closed and nobody sleeps.</summary>
    public void Dispose() => _changed.Dispose();
}
