using System.Diagnostics;

namespace PlannedDiffusion.Engine;

/// <summary>
/// The requests that have a place in the engine, in order: those that wait, and the number of those that run. Admitting
/// one, taking the next and cancelling any take constant time. A request that leaves the engine lets each request that
/// was passed over be looked at once more. A waiting request that is cancelled ends at once, on the cancelling thread.
/// </summary>
internal sealed class WaitingRequests(QueueOptions bounds, int places, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    private readonly Lock _lock = new();
    private readonly LinkedList<GenerationJob> _jobs = [];
    private readonly LinkedList<GenerationJob> _reserved = []; // places of requests that nobody has started
    private readonly AutoResetEvent _changed = new(false);
    private LinkedListNode<GenerationJob>? _next; // the first that has not been looked at since a request left
    private LinkedListNode<GenerationJob>? _passed; // the first of those before it that did not fit
    private int _unfitting = int.MaxValue; // the least capacity that did not fit since then
    private int _running, _planned;
    private long _work; // of the requests that wait, in rows
    private bool _closed;

    /// <summary>Rows a second of the engine.</summary>
    public StepRate Rate { get; } = new();

    /// <summary>True once no more requests are accepted.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_lock) return _closed;
        }
    }

    /// <summary>The number of requests that wait, reserved places included.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _jobs.Count + _reserved.Count;
        }
    }

    /// <summary>Gives a request a place, from which <see cref="Start"/> lets it wait.</summary>
    /// <param name="job">The request.</param>
    /// <param name="work">The rows that it will take.</param>
    /// <param name="lapses">True if the place lapses after a time.</param>
    /// <exception cref="EngineOverloadedException">The queue is full.</exception>
    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    public void Reserve(GenerationJob job, long work, bool lapses)
    {
        job.WatchCall(Withdraw); // first, so that no later cancellation is missed
        try
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_closed, typeof(PlannedDiffusionEngine));
                if (!job.IsCancelled)
                {
                    job.Work = MustWait(job) ? work : 0;
                    job.Place = RequestPlace.Reserved;
                    _work += job.Work;
                    _reserved.AddLast(job.Node);
                    if (lapses) job.Lapse = clock.CreateTimer(_ => Lapse(job), null, bounds.MaxUnread, Never);
                    return;
                }

                job.Place = RequestPlace.Ended;
            }
        }
        catch
        {
            job.Dispose();
            throw;
        }

        job.Fail(job.Cancelled());
    }

    /// <summary>Lets a request with a place wait for its turn; it ends at once if it was cancelled meanwhile.</summary>
    /// <returns>False if its place has lapsed.</returns>
    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    public bool Start(GenerationJob job)
    {
        job.WatchEnumeration(Withdraw);
        bool cancelled;
        lock (_lock)
        {
            if (job.Place != RequestPlace.Reserved) return job.Place == RequestPlace.Ended;
            LeaveReserved(job);
            cancelled = job.IsCancelled;
            if (cancelled) job.Place = RequestPlace.Ended;
            else if (!_closed)
            {
                job.Place = RequestPlace.Waiting;
                _work += job.Work;
                Append(job);
                _changed.Set();
                return true;
            }
        }

        if (cancelled) job.Fail(job.Cancelled());
        else job.Dispose();
        ObjectDisposedException.ThrowIf(!cancelled, typeof(PlannedDiffusionEngine));
        return true;
    }

    /// <summary>
    /// Removes the next request that may start, which runs from now on; null if there is none. It is the first, unless
    /// that one waits for a request of its kind to end, or does not fit and has not waited long for that.
    /// </summary>
    public GenerationJob? Take()
    {
        lock (_lock)
        {
            if (_running >= places || IsHeldBack()) return null;
            while (_next is { } node)
            {
                GenerationJob job = node.Value;
                if (job.Request.Capacity >= _unfitting) Pass(node);
                if (IsHeldBack()) return null;
                if (job.Request.Capacity >= _unfitting || (job.IsPlanned && _planned >= bounds.MaxPlanned))
                {
                    _next = node.Next;
                    continue;
                }

                Remove(job);
                job.Place = RequestPlace.Running;
                CountRunning(job, 1);
                return job;
            }

            return null;
        }
    }

    /// <summary>Removes and returns any request, once the queue is closed; null if there is none.</summary>
    public GenerationJob? TakeAny()
    {
        lock (_lock)
        {
            Debug.Assert(_closed, "Requests are still accepted.");
            if (_jobs.First is not { } first) return null;
            Remove(first.Value);
            first.Value.Place = RequestPlace.Ended;
            return first.Value;
        }
    }

    /// <summary>
    /// Puts a request that was taken and did not fit back to its place. It ends if it was cancelled meanwhile.
    /// </summary>
    public void PutBack(GenerationJob job)
    {
        lock (_lock)
        {
            CountRunning(job, -1);
            _unfitting = Math.Min(_unfitting, job.Request.Capacity);
            job.Place = job.IsCancelled ? RequestPlace.Ended : RequestPlace.Waiting;
            if (job.Place == RequestPlace.Waiting)
            {
                _work += job.Work;
                if (_next is null) _jobs.AddLast(job.Node);
                else _jobs.AddBefore(_next, job.Node);
                Pass(job.Node);
                return;
            }
        }

        job.Fail(job.Cancelled());
    }

    /// <summary>A running request has ended. Whoever did not fit may fit now.</summary>
    public void Leave(GenerationJob job)
    {
        lock (_lock)
        {
            job.Place = RequestPlace.Ended;
            CountRunning(job, -1);
            LookAgain();
        }
    }

    /// <summary>Ends a cancelled request, if it waits here.</summary>
    public void Withdraw(GenerationJob job)
    {
        lock (_lock)
        {
            if (job.Place is not (RequestPlace.Reserved or RequestPlace.Waiting)) return;
            if (job.Place == RequestPlace.Reserved) LeaveReserved(job);
            else Remove(job);
            job.Place = RequestPlace.Ended;
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

    /// <summary>Takes the place of a request that nobody has started.</summary>
    private void Lapse(GenerationJob job)
    {
        lock (_lock)
        {
            if (job.Place != RequestPlace.Reserved) return;
            LeaveReserved(job);
        }

        job.Dispose();
    }

    /// <summary>False if the request finds a free place; refuses it if too many wait.</summary>
    private bool MustWait(GenerationJob job)
    {
        int waiting = _jobs.Count + _reserved.Count, free = places - _running;
        if (job.IsPlanned) free = Math.Min(free, bounds.MaxPlanned - _planned);
        if (waiting < free) return false;
        double seconds = Rate.RowsPerSecond is { } rate ? _work / rate : 0;
        bool tooMany = waiting - free >= bounds.MaxWaiting;
        bool tooMuch = bounds.MaxWork != Never && seconds >= bounds.MaxWork.TotalSeconds;
        if (!tooMany && !tooMuch) return true;
        throw new EngineOverloadedException(
            tooMany ? OverloadReason.Requests : OverloadReason.Work,
            waiting,
            TimeSpan.FromSeconds(Math.Ceiling(Math.Clamp(seconds, 1, 60))));
    }

    /// <summary>True if a request that did not fit lets no others pass any more.</summary>
    private bool IsHeldBack() =>
        _passed is not null && clock.GetElapsedTime(_passed.Value.Unfitting!.Value) >= bounds.MaxBypass;

    /// <summary>Notes that a request does not fit, and since when.</summary>
    private void Pass(LinkedListNode<GenerationJob> node)
    {
        node.Value.Unfitting ??= clock.GetTimestamp();
        _passed ??= node;
    }

    private void Append(GenerationJob job)
    {
        _jobs.AddLast(job.Node);
        _next ??= job.Node;
    }

    private void Remove(GenerationJob job)
    {
        _work -= job.Work;
        if (_next == job.Node) _next = job.Node.Next;
        bool heldBack = _passed == job.Node;
        _jobs.Remove(job.Node);
        if (heldBack) LookAgain();
    }

    private void LeaveReserved(GenerationJob job)
    {
        job.Lapse?.Dispose();
        _work -= job.Work;
        _reserved.Remove(job.Node);
        job.Place = RequestPlace.Outside;
    }

    /// <summary>Looks at every request once more.</summary>
    private void LookAgain()
    {
        _next = _jobs.First;
        _passed = null;
        _unfitting = int.MaxValue;
    }

    private void CountRunning(GenerationJob job, int change)
    {
        _running += change;
        if (job.IsPlanned) _planned += change;
    }
}
