namespace PlannedDiffusion.Engine;

/// <summary>
/// The requests that wait for a place, in order. Adding one, taking the first and cancelling any take constant time. A
/// waiting request that is cancelled ends at once, on the cancelling thread.
/// </summary>
internal sealed class WaitingRequests : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<GenerationJob> _jobs = [];
    private readonly AutoResetEvent _changed = new(false);
    private bool _closed;

    /// <summary>True once no more requests are accepted.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_lock) return _closed;
        }
    }

    /// <summary>Adds a request after the others.</summary>
    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    public void Add(GenerationJob job)
    {
        job.Watch(Withdraw); // first, so that no later cancellation is missed
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

    /// <summary>
    /// Removes and returns the first request; null if there is none, or if it is <paramref name="but"/>.
    /// </summary>
    public GenerationJob? Take(GenerationJob? but = null)
    {
        lock (_lock)
        {
            if (_jobs.First is not { } first || first.Value == but) return null;
            _jobs.Remove(first);
            return first.Value;
        }
    }

    /// <summary>Puts a request that was taken back to the front. It ends if it was cancelled meanwhile.</summary>
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

    /// <summary>Ends a cancelled request, if it waits here.</summary>
    public void Withdraw(GenerationJob job)
    {
        lock (_lock)
        {
            if (job.Place.List is null) return;
            _jobs.Remove(job.Place);
        }

        job.Fail(job.Cancelled());
    }

    /// <summary>Sleeps until a request arrives or the queue is closed.</summary>
    public void WaitForMore() => _changed.WaitOne();

    /// <summary>Accepts no more requests, and wakes the sleeping thread.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (_closed) return;
            _closed = true;
            _changed.Set();
        }
    }

    /// <summary>To be called once the queue is closed and no thread sleeps.</summary>
    public void Dispose() => _changed.Dispose();
}
