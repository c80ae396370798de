using System.Diagnostics;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Engine;

/// <summary>
/// The requests that have a place in the engine: those that wait, and the number of those that run. It says who gets a
/// place; <see cref="RequestOrder"/> says who starts next. A waiting request that is cancelled ends at once, on the
/// cancelling thread.
/// </summary>
internal sealed class WaitingRequests(QueueOptions bounds, bool sharesEvenly, int places, TimeProvider clock)
    : IDisposable
{
    private static readonly TimeSpan Never = Timeout.InfiniteTimeSpan;

    private readonly Lock _lock = new();
    private readonly RequestOrder _order = new(bounds.MaxBypass, sharesEvenly, clock);
    private readonly LinkedList<GenerationJob> _reserved = []; // places of requests that nobody has started
    private readonly AutoResetEvent _changed = new(false);
    private int _running, _planned;
    private long _work; // of the requests that wait, in rows
    private long _positions; // of the requests that run
    private TaskCompletionSource? _drained; // null while new requests are taken
    private Exception? _fault;
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
            lock (_lock) return _order.Count + _reserved.Count;
        }
    }

    /// <summary>Gives a request a place, from which <see cref="Start"/> lets it wait.</summary>
    /// <param name="job">The request.</param>
    /// <param name="work">The rows that it will take.</param>
    /// <param name="lapses">True if the place lapses after a time.</param>
    /// <exception cref="EngineOverloadedException">The queue is full.</exception>
    /// <exception cref="EngineDrainingException">It takes no new requests.</exception>
    /// <exception cref="EngineFaultedException">The engine has failed.</exception>
    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    public void Reserve(GenerationJob job, long work, bool lapses)
    {
        job.WatchCall(Withdraw); // first, so that no later cancellation is missed
        try
        {
            lock (_lock)
            {
                if (Refusal() is { } refusal) throw refusal;
                if (_drained is not null) throw new EngineDrainingException();
                if (!job.IsCancelled)
                {
                    job.Work = MustWait(job) ? work : 0;
                    job.Place = RequestPlace.Reserved;
                    _work += job.Work;
                    _reserved.AddLast(job.Node);
                    if (lapses) job.Lapse = clock.CreateTimer(_ => Lapse(job), null, bounds.MaxUnread, Never);
                    if (job.Request.Deadline is { } deadline)
                        job.Deadline = clock.CreateTimer(_ => Expire(job), null, deadline, Never);
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
    /// <exception cref="EngineFaultedException">The engine has failed.</exception>
    /// <exception cref="ObjectDisposedException">The queue is closed.</exception>
    public bool Start(GenerationJob job)
    {
        job.WatchEnumeration(Withdraw);
        Exception? refusal;
        lock (_lock)
        {
            if (job.Place != RequestPlace.Reserved) return job.Place == RequestPlace.Ended;
            LeaveReserved(job);
            refusal = job.IsCancelled ? null : Refusal();
            if (job.IsCancelled) job.Place = RequestPlace.Ended;
            else if (refusal is null)
            {
                job.Place = RequestPlace.Waiting;
                _work += job.Work;
                _order.Add(job);
                _changed.Set();
                return true;
            }

            NoteEmpty();
        }

        if (refusal is not null)
        {
            job.Dispose();
            throw refusal;
        }

        job.Fail(job.Cancelled());
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
            if (_running >= places || _order.TakeNext(_planned < bounds.MaxPlanned, Room()) is not { } job) return null;
            _work -= job.Work;
            job.Place = RequestPlace.Running;
            CountRunning(job, 1);
            return job;
        }
    }

    /// <summary>Counts the rows that a step computes; true if there are requests of several keys.</summary>
    public bool Serve(List<GenerationJob> jobs)
    {
        lock (_lock)
        {
            if (!_order.HasSeveralKeys) return false;
            _order.Serve(jobs);
            return true;
        }
    }

    /// <summary>
    /// Removes and returns any request, once the queue is closed or the engine has failed; null if there is none.
    /// </summary>
    public GenerationJob? TakeAny()
    {
        lock (_lock)
        {
            Debug.Assert(_closed || _fault is not null, "Requests are still accepted.");
            if (_order.Any() is not { } job) return null;
            Remove(job);
            job.Place = RequestPlace.Ended;
            NoteEmpty();
            return job;
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
            _order.NoteUnfitting(job.Request.Capacity);
            job.Place = job.IsCancelled ? RequestPlace.Ended : RequestPlace.Waiting;
            if (job.Place == RequestPlace.Waiting)
            {
                _work += job.Work;
                _order.PutBack(job);
                return;
            }

            _order.Exit(job);
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
            _order.Exit(job);
            _order.LookAgain();
            NoteEmpty();
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
            NoteEmpty();
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
            NoteEmpty();
            _changed.Set();
        }
    }

    /// <summary>Accepts no more requests, because the engine has failed.</summary>
    public void Fault(Exception cause)
    {
        lock (_lock)
        {
            _fault ??= cause;
            NoteEmpty();
        }
    }

    /// <summary>Accepts no more requests; the task ends when those that have a place have ended.</summary>
    public Task Drain()
    {
        lock (_lock)
        {
            _drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            NoteEmpty();
            return _drained.Task;
        }
    }

    /// <summary>The state at this moment.</summary>
    /// <param name="rows">Rows of the last step.</param>
    /// <param name="budget">Rows that it might have had.</param>
    /// <param name="stepAge">The age of the step under way.</param>
    /// <param name="runner">The runner, for its room.</param>
    public EngineStatus Status(int rows, int budget, TimeSpan stepAge, IModelRunner runner)
    {
        lock (_lock)
        {
            return new EngineStatus
            {
                Running = _running,
                Waiting = _order.Count + _reserved.Count,
                MaxWaiting = bounds.MaxWaiting,
                Rows = rows,
                RowBudget = budget,
                WaitingRows = _work,
                KeyValuesUsed = _positions,
                KeyValuesTotal = Total(runner.Limits),
                BytesPerPosition = runner.BytesPerPosition,
                StepAge = stepAge,
                RetryAfter = RetryAfter(),
                IsDraining = _drained is not null,
                Fault = _fault,
            };
        }
    }

    /// <summary>Positions that may be reserved together.</summary>
    private long Total(RunnerLimits limits) =>
        Math.Min(bounds.MaxKeyValues ?? long.MaxValue, (long)limits.MaxSequences * limits.MaxPositions);

    /// <summary>To be called once the queue is closed and no thread sleeps.</summary>
    public void Dispose() => _changed.Dispose();

    /// <summary>Takes the place of a request that nobody has started.</summary>
    private void Lapse(GenerationJob job)
    {
        lock (_lock)
        {
            if (job.Place != RequestPlace.Reserved) return;
            LeaveReserved(job);
            NoteEmpty();
        }

        job.Dispose();
    }

    private void Expire(GenerationJob job)
    {
        job.Expire();
        Withdraw(job); // if it runs, its rows leave with the next step
        job.Quit();
    }

    /// <summary>What is wrong with the engine; null if nothing is.</summary>
    private Exception? Refusal() =>
        _closed ? new ObjectDisposedException(nameof(PlannedDiffusionEngine))
        : _fault is not null ? new EngineFaultedException(_fault)
        : null;

    /// <summary>Ends the drain once no request has a place. In a dead engine no reserved one can start.</summary>
    private void NoteEmpty()
    {
        bool isDead = _closed || _fault is not null;
        if (_running == 0 && _order.Count == 0 && (_reserved.Count == 0 || isDead)) _drained?.TrySetResult();
    }

    /// <summary>Seconds that the engine needs for what waits, as far as it has been measured.</summary>
    private double Seconds() => Rate.RowsPerSecond is { } rate ? _work / rate : 0;

    private TimeSpan RetryAfter() => TimeSpan.FromSeconds(Math.Ceiling(Math.Clamp(Seconds(), 1, 60)));

    /// <summary>False if the request finds a free place; refuses it if too many wait.</summary>
    private bool MustWait(GenerationJob job)
    {
        int waiting = _order.Count + _reserved.Count, free = places - _running;
        if (job.IsPlanned) free = Math.Min(free, bounds.MaxPlanned - _planned);
        if (job.Request.Capacity > Room()) free = 0;
        if (waiting < free) return false;
        bool tooMany = waiting - free >= bounds.MaxWaiting;
        bool tooMuch = bounds.MaxWork != Never && Seconds() >= bounds.MaxWork.TotalSeconds;
        if (!tooMany && !tooMuch) return true;
        throw new EngineOverloadedException(
            tooMany ? OverloadReason.Requests : OverloadReason.Work,
            waiting,
            RetryAfter());
    }

    /// <summary>Positions that requests may still reserve.</summary>
    private long Room() => (bounds.MaxKeyValues ?? long.MaxValue) - _positions;

    private void Remove(GenerationJob job)
    {
        _work -= job.Work;
        _order.Remove(job);
    }

    private void LeaveReserved(GenerationJob job)
    {
        job.Lapse?.Dispose();
        _work -= job.Work;
        _reserved.Remove(job.Node);
        job.Place = RequestPlace.Outside;
    }

    private void CountRunning(GenerationJob job, int change)
    {
        _running += change;
        _positions += change * (long)job.Request.Capacity;
        if (job.IsPlanned) _planned += change;
        _order.CountRunning(job, change);
    }
}
