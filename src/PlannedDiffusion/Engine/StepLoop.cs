using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Engine;

/// <summary>
/// The engine's only thread. Only it uses the runner, and it disposes the runner at the end. Each turn computes the
/// next passes of as many requests as fit into one step, in any stages. Without requests it sleeps.
/// </summary>
internal sealed class StepLoop : IDisposable, IAsyncDisposable
{
    private const long Idle = long.MinValue;

    private readonly IModelRunner _runner;
    private readonly Thread _thread;
    private readonly WaitingRequests _waiting;
    private readonly WorkEstimates _estimates = new();
    private readonly TimeProvider _clock;
    private readonly FaultWatch _faults;
    private readonly EngineGauges _gauges;
    private readonly LoopEnd _end;
    private readonly TaskCompletionSource<Exception> _faulted =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly List<GenerationJob> _active = [];
    private readonly List<GenerationJob> _batch = [];
    private readonly ForwardStep _step = new();
    private readonly ForwardStep _alone = new(); // of one request
    private readonly StepComposer _composer;
    private readonly MeasuredSteps _times;
    private readonly StepWatch _watch;
    private readonly string? _model;
    private long _begun = Idle; // when the step under way began
    private int _rows; // of the last step
    private int _budget; // rows that it might have had
    private long _lasted; // ticks of the last step that ended
    private bool _shares; // there are requests of several keys

    public StepLoop(IModelRunner runner, EngineOptions options)
    {
        _runner = runner;
        _clock = options.Clock;
        _model = options.ModelName;
        _end = new LoopEnd(options.Clock, options.DisposeTimeout);
        _faults = new FaultWatch(runner);
        _waiting = new WaitingRequests(
            options.Queue, options.Scheduling.SharesEvenly, runner.Limits.MaxSequences, options.Clock);
        _times = new MeasuredSteps(options.Scheduling.StretchPerStep);
        _watch = new StepWatch(_times, options.Clock, runner.RunsAhead);
        _composer = new StepComposer(options.Scheduling, runner.Limits.MaxRowsPerStep, _times, options.Clock);
        _budget = _composer.Budget;
        _gauges = new EngineGauges(Status, options.ModelName);
        _thread = new Thread(Run) { Name = "PlannedDiffusion engine", IsBackground = true };
        _thread.UnsafeStart(); // steps do not belong to the activity in which the engine was made
    }

    /// <summary>Ends with the error after which nothing is computed any more.</summary>
    public Task<Exception> Faulted => _faulted.Task;

    /// <summary>Gives a request a place in the queue, or refuses it.</summary>
    /// <exception cref="EngineOverloadedException">The queue is full.</exception>
    /// <exception cref="ObjectDisposedException">The engine is disposed.</exception>
    public void Reserve(GenerationJob job, bool lapses)
    {
        try
        {
            _waiting.Reserve(job, _estimates.Of(job.Request), lapses);
        }
        catch (EngineOverloadedException overload)
        {
            EngineTelemetry.CountRejected(overload.Reason == OverloadReason.Work ? "work" : "requests", _model);
            throw;
        }
        catch (InvalidOperationException refusal) when (refusal is not ObjectDisposedException)
        {
            EngineTelemetry.CountRejected(refusal is EngineFaultedException ? "faulted" : "draining", _model);
            throw;
        }
    }

    /// <inheritdoc cref="WaitingRequests.Start"/>
    public bool Start(GenerationJob job)
    {
        job.WatchEngine(_end.Hung);
        return _waiting.Start(job);
    }

    /// <summary>Ends a request whose reader has left, within one step.</summary>
    public void Abandon(GenerationJob job)
    {
        job.Abandon();
        _waiting.Withdraw(job);
    }

    /// <summary>The state at this moment.</summary>
    public EngineStatus Status()
    {
        long begun = Interlocked.Read(ref _begun);
        TimeSpan age = begun == Idle ? TimeSpan.Zero : _clock.GetElapsedTime(begun);
        EngineStatus status =
            _waiting.Status(Volatile.Read(ref _rows), Volatile.Read(ref _budget), age, _runner);
        return status with { StepTime = TimeSpan.FromTicks(Interlocked.Read(ref _lasted)) };
    }

    /// <summary>Takes no new requests, and waits for those that have a place; false if that takes longer.</summary>
    public async Task<bool> DrainAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        Task drained = _waiting.Drain();
        try
        {
            await drained.WaitAsync(timeout, _clock, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>
    /// Ends all requests and the thread, which disposes the runner: waiting requests at once, running ones with the
    /// step under way. Every caller waits for the end. A caller on the engine's own thread cannot wait: the thread ends
    /// after that caller has returned.
    /// </summary>
    /// <exception cref="TimeoutException">The step under way takes too long. Running requests have ended.</exception>
    public void Dispose()
    {
        Close();
        if (Thread.CurrentThread != _thread) _end.Wait();
    }

    /// <summary>The same, without a thread that waits.</summary>
    public ValueTask DisposeAsync()
    {
        Close();
        return Thread.CurrentThread == _thread ? ValueTask.CompletedTask : _end.WaitAsync();
    }

    private void Close()
    {
        _waiting.Close();
        EndWaiting(Disposed());
    }

    private void Run()
    {
        while (!_waiting.IsClosed)
        {
            Interlocked.Exchange(ref _begun, _clock.GetTimestamp());
            DropCancelled();
            Admit();
            bool sleeps = _active.Count == 0;
            if (sleeps) _watch.Pause();
            if (!sleeps && !_waiting.IsClosed) Turn();
            _faults.EndStep();
            if (_faults.Fault is { } cause) Break(cause);
            if (!sleeps) continue;
            Interlocked.Exchange(ref _begun, Idle);
            _waiting.WaitForMore();
        }

        EndAll(Disposed());
        _waiting.Dispose();
        _gauges.Dispose();
        Exception? failure = null;
        try
        {
            _runner.Dispose();
        }
        catch (Exception error)
        {
            failure = error;
        }

        _end.Set(failure);
    }

    private static ObjectDisposedException Disposed() => new(nameof(PlannedDiffusionEngine));

    /// <summary>Ends all requests; the thread goes on to wait for its end, and computes nothing.</summary>
    private void Break(Exception cause)
    {
        _waiting.Fault(cause);
        EndAll(new EngineFaultedException(cause));
        _faulted.TrySetResult(cause);
    }

    /// <summary>Ends running requests that were cancelled. Waiting requests end by themselves.</summary>
    private void DropCancelled()
    {
        for (int i = _active.Count - 1; i >= 0; i--)
        {
            if (_active[i].IsCancelled) End(_active[i], _active[i].Cancelled());
        }
    }

    /// <summary>Starts waiting requests, in order, as long as the runner has room.</summary>
    private void Admit()
    {
        while (_waiting.Take() is { } job)
        {
            try
            {
                job.Open(_runner);
            }
            catch (RunnerCapacityException) when (_active.Count > 0)
            {
                _waiting.PutBack(job); // until a running request ends
                continue;
            }
            catch (Exception error)
            {
                _faults.Failed(error);
                _waiting.Leave(job);
                job.Fail(error);
                continue;
            }

            _active.Add(job);
            _composer.Enter(job.Demand);
            Advance(job);
        }
    }

    /// <summary>Computes one step of what the scheduler chooses.</summary>
    private void Turn()
    {
        long start = _clock.GetTimestamp();
        _watch.Begin(start);
        _composer.Compose(_shares);
        Volatile.Write(ref _budget, _composer.Budget);
        _batch.Clear();
        _step.Clear();
        foreach (GenerationJob job in _active)
        {
            if (job.Demand.IsLeftOut) continue;
            job.Demand.Parts.AddTo(_step);
            _batch.Add(job);
        }

        Volatile.Write(ref _rows, _step.RowCount);
        _shares = _waiting.Serve(_batch);
        Compute();
        foreach (GenerationJob job in _batch)
        {
            if (Advance(job)) _faults.Succeeded();
        }

        Rest();
        if (_batch.Count == 0) return;
        _watch.End(_step.RowCount);
        TimeSpan time = _clock.GetElapsedTime(start);
        Interlocked.Exchange(ref _lasted, time.Ticks);
        EngineTelemetry.CountStep(_model, _step.RowCount, time);
        _waiting.Rate.Add(_step.RowCount, time, loaded: _waiting.Count > 0);
    }

    /// <summary>Lets the requests that had no part of the step tell what they know, if they run ahead.</summary>
    private void Rest()
    {
        if (!_runner.RunsAhead) return;
        for (int i = _active.Count - 1; i >= 0; i--)
        {
            if (_active[i].Demand.IsLeftOut) Advance(_active[i]);
        }
    }

    /// <summary>Computes the batch. Requests that cannot be computed end and leave it.</summary>
    private void Compute()
    {
        try
        {
            Forward(_step, _batch);
        }
        catch (ArgumentException) when (_batch.Count > 1)
        {
            _batch.RemoveAll(job => !ComputesAlone(job)); // nothing was computed yet: find the request at fault
        }
        catch (Exception error)
        {
            // A failed step cannot be undone: all its requests end with the error, and the engine continues.
            foreach (GenerationJob job in _batch) End(job, error);
            _batch.Clear();
        }
    }

    /// <summary>Hands a step to the runner, and tells its requests the time and the number of the step.</summary>
    private void Forward(ForwardStep step, List<GenerationJob> jobs)
    {
        long number = _runner.StepClock?.Steps ?? -1, handed = _clock.GetTimestamp();
        _runner.Forward(step);
        long returned = _clock.GetTimestamp();
        if (_runner.StepClock?.Steps == number) number = -1; // there was nothing to compute
        foreach (GenerationJob job in jobs) job.NoteForward(handed, returned, number);
    }

    private bool ComputesAlone(GenerationJob job)
    {
        try
        {
            _alone.Clear();
            job.Demand.Parts.AddTo(_alone);
            Forward(_alone, [job]);
            return true;
        }
        catch (Exception error)
        {
            End(job, error);
            return false;
        }
    }

    /// <summary>Prepares a request's next pass, or tells its result; false if it ended with an error.</summary>
    private bool Advance(GenerationJob job)
    {
        try
        {
            if (job.Advance()) return true;
        }
        catch (Exception error)
        {
            End(job, error);
            return false;
        }

        _estimates.Add(job.Request, job.Rows);
        Leave(job); // before its reader knows: whoever asks again finds its place free
        job.Complete();
        return true;
    }

    private void End(GenerationJob job, Exception error)
    {
        _faults.Failed(error);
        if (_faults.Fault == error) error = new EngineFaultedException(error);
        Leave(job);
        job.Fail(error);
    }

    private void Leave(GenerationJob job)
    {
        _active.Remove(job);
        _composer.Leave(job.Demand);
        _waiting.Leave(job);
    }

    private void EndAll(Exception reason)
    {
        while (_active is [.., var job]) End(job, reason);
        EndWaiting(reason);
    }

    private void EndWaiting(Exception reason)
    {
        while (_waiting.TakeAny() is { } waiting) waiting.Fail(reason);
    }
}
