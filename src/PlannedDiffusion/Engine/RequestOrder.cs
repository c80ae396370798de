namespace PlannedDiffusion.Engine;

/// <summary>
/// Who starts next: the oldest request of the key that was served the fewest rows. One that does not fit beside the
/// running ones is passed over, for a time. A request that leaves the engine lets each that was passed over be looked
/// at once more. Adding, taking and removing a request take logarithmic time. Who uses it holds the queue's lock.
/// </summary>
internal sealed class RequestOrder(TimeSpan maxBypass, bool sharesEvenly, TimeProvider clock)
{
    private readonly Shares _shares = new(sharesEvenly);
    private readonly IndexedHeap<Share> _next = new(ArrivalOrder.Instance); // those with requests to look at
    private readonly LinkedList<GenerationJob> _passed = []; // looked at, and left waiting
    private GenerationJob? _unfitting; // of these, the one that has not fitted for the longest time
    private int _leastUnfitting = int.MaxValue; // the least capacity that did not fit
    private long _number;

    /// <summary>Number of requests that wait.</summary>
    public int Count { get; private set; }

    /// <summary>True if there are requests of several keys.</summary>
    public bool HasSeveralKeys => _shares.AreSeveral;

    /// <summary>Adds a request, which arrives now.</summary>
    public void Add(GenerationJob job)
    {
        StepDemand demand = job.Demand;
        demand.Arrival = clock.GetTimestamp() - (job.Request.Priority * clock.TimestampFrequency);
        demand.Number = ++_number;
        demand.Share = _shares.Enter(job.Request.ShareKey);
        Count++;
        Queue(job);
    }

    /// <summary>Removes the next request that may start; null if there is none.</summary>
    /// <param name="plannedMayStart">False if requests that are not autoregressive are passed over.</param>
    /// <param name="room">Positions that are free. A request that needs more does not fit.</param>
    public GenerationJob? TakeNext(bool plannedMayStart, long room)
    {
        while (!IsHeldBack() && _next.First?.Waiting.First is { } job)
        {
            Unqueue(job);
            if (job.Request.Capacity >= _leastUnfitting || job.Request.Capacity > room) Pass(job);
            else if (!plannedMayStart && job.IsPlanned) _passed.AddLast(job.Node);
            else
            {
                Count--;
                return job;
            }
        }

        return null;
    }

    /// <summary>Puts a request that was taken and did not fit back to its place.</summary>
    public void PutBack(GenerationJob job)
    {
        Count++;
        Pass(job);
    }

    /// <summary>A request of such a capacity does not fit.</summary>
    public void NoteUnfitting(int capacity) => _leastUnfitting = Math.Min(_leastUnfitting, capacity);

    /// <summary>Removes a request that does not wait any more.</summary>
    public void Remove(GenerationJob job)
    {
        Count--;
        if (job.HeapIndex >= 0) Unqueue(job);
        else _passed.Remove(job.Node);
        Exit(job);
        if (job == _unfitting) LookAgain();
    }

    /// <summary>Any request; null if there is none.</summary>
    public GenerationJob? Any() => _passed.First?.Value ?? _next.First?.Waiting.First;

    /// <summary>Looks at every request once more.</summary>
    public void LookAgain()
    {
        _unfitting = null;
        _leastUnfitting = int.MaxValue;
        while (_passed.First is { } node)
        {
            _passed.Remove(node);
            Queue(node.Value);
        }
    }

    /// <summary>A request that was added is gone.</summary>
    public void Exit(GenerationJob job) => _shares.Exit(job.Demand.Share);

    /// <summary>A request has begun to run, or has ended.</summary>
    public void CountRunning(GenerationJob job, int change) => _shares.CountRunning(job.Demand.Share, change);

    /// <summary>Counts the rows that a step computes for running requests.</summary>
    public void Serve(List<GenerationJob> jobs)
    {
        foreach (GenerationJob job in jobs)
        {
            Share share = job.Demand.Share;
            share.Served += job.Demand.Parts.Taken;
            if (share.HeapIndex >= 0) _next.Move(share);
        }
    }

    /// <summary>True if a request that did not fit lets no others pass any more.</summary>
    private bool IsHeldBack() =>
        _unfitting is not null && clock.GetElapsedTime(_unfitting.Unfitting!.Value) >= maxBypass;

    /// <summary>Notes that a request does not fit, and since when.</summary>
    private void Pass(GenerationJob job)
    {
        job.Unfitting ??= clock.GetTimestamp();
        if (_unfitting is null || job.Unfitting < _unfitting.Unfitting) _unfitting = job;
        _passed.AddLast(job.Node);
    }

    private void Queue(GenerationJob job)
    {
        Share share = job.Demand.Share;
        share.Waiting.Add(job);
        if (share.HeapIndex < 0) _next.Add(share);
        else if (share.Waiting.First == job) _next.Move(share);
    }

    private void Unqueue(GenerationJob job)
    {
        Share share = job.Demand.Share;
        bool wasFirst = share.Waiting.First == job;
        if (share.Waiting.Count == 1) _next.Remove(share); // while it has an order
        share.Waiting.Remove(job);
        if (share.HeapIndex >= 0 && wasFirst) _next.Move(share);
    }
}
