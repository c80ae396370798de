using System.Diagnostics;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Engine;

/// <summary>
/// The engine's one thread: it alone touches the runner. Each turn takes the next pass of as many requests as fit into
/// one step, whatever stages they are in. Without requests it sleeps.
/// </summary>
internal sealed class StepLoop : IDisposable
{
    private readonly IModelRunner _runner;
    private readonly Thread _thread;
    private readonly Lock _lock = new();
    private readonly List<GenerationJob> _waiting = [];
    private readonly SemaphoreSlim _wake = new(0);
    private readonly List<GenerationJob> _active = [];
    private readonly List<GenerationJob> _batch = [];
    private readonly ForwardStep _step = new();
    private bool _stopping;
    private int _turn;

    public StepLoop(IModelRunner runner)
    {
        _runner = runner;
        _thread = new Thread(Run) { Name = "PlannedDiffusion engine", IsBackground = true };
        _thread.UnsafeStart(); // steps are no part of whatever was going on when the engine was made
    }

    public void Submit(GenerationJob job)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, typeof(PlannedDiffusionEngine));
            _waiting.Add(job);
        }

        _wake.Release();
    }

    /// <summary>Ends all requests and the thread; the runner is not touched any more afterwards.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_stopping) return;
            _stopping = true;
        }

        _wake.Release();
        _thread.Join();
        _wake.Dispose();
    }

    private void Run()
    {
        while (!Stopping())
        {
            if (_active.Count == 0) _wake.Wait();
            Drop();
            Admit();
            if (_active.Count > 0 && !Stopping()) Turn();
        }

        EndAll(new ObjectDisposedException(nameof(PlannedDiffusionEngine)));
    }

    private bool Stopping()
    {
        lock (_lock) return _stopping;
    }

    /// <summary>Drops requests that are no longer wanted, running or waiting.</summary>
    private void Drop()
    {
        _active.RemoveAll(Cancelled);
        lock (_lock) _waiting.RemoveAll(Cancelled);

        static bool Cancelled(GenerationJob job)
        {
            if (!job.Cancellation.IsCancellationRequested) return false;
            job.Fail(new OperationCanceledException(job.Cancellation));
            return true;
        }
    }

    /// <summary>Starts waiting requests, in order, as long as the runner has room.</summary>
    private void Admit()
    {
        while (FirstWaiting() is { } job)
        {
            try
            {
                job.Open(_runner);
            }
            catch (RunnerCapacityException) when (_active.Count > 0)
            {
                return; // the first in the queue waits until a running request ends
            }
            catch (Exception error)
            {
                Leave(job);
                job.Fail(error);
                continue;
            }

            Leave(job);
            _active.Add(job);
            Advance(job);
        }
    }

    private GenerationJob? FirstWaiting()
    {
        lock (_lock) return _waiting.Count > 0 ? _waiting[0] : null;
    }

    private void Leave(GenerationJob job)
    {
        lock (_lock) _waiting.Remove(job);
    }

    /// <summary>One step for as many requests as fit; those left out come first in the next turn.</summary>
    private void Turn()
    {
        _batch.Clear();
        _step.Clear();
        for (int i = 0; i < _active.Count; i++)
        {
            GenerationJob job = _active[(_turn + i) % _active.Count];
            if (_step.RowCount + job.Pass.RowCount > _runner.Limits.MaxRowsPerStep) break;
            _step.Add(job.Pass);
            _batch.Add(job);
        }

        _turn = (_turn + _batch.Count) % _active.Count;
        Compute();
        foreach (GenerationJob job in _batch) Advance(job);
    }

    /// <summary>Computes the batch; requests that cannot be computed end, and leave it.</summary>
    private void Compute()
    {
        try
        {
            Forward(_step, _batch);
        }
        catch (ArgumentException) when (_batch.Count > 1)
        {
            _batch.RemoveAll(job => !ComputesAlone(job)); // nothing was computed yet: find who spoiled it
        }
        catch (Exception error)
        {
            // Half a step cannot be taken back: all who took part end with the error, the engine goes on.
            foreach (GenerationJob job in _batch) End(job, error);
            _batch.Clear();
        }
    }

    /// <summary>Hands a step over, and tells those who take part in it when, and which one it was.</summary>
    private void Forward(ForwardStep step, List<GenerationJob> jobs)
    {
        long number = _runner.StepClock?.Steps ?? -1, handed = Stopwatch.GetTimestamp();
        _runner.Forward(step);
        long returned = Stopwatch.GetTimestamp();
        if (_runner.StepClock?.Steps == number) number = -1; // there was nothing to run
        foreach (GenerationJob job in jobs) job.NoteForward(handed, returned, number);
    }

    private bool ComputesAlone(GenerationJob job)
    {
        try
        {
            Forward(job.Pass, [job]);
            return true;
        }
        catch (Exception error)
        {
            End(job, error);
            return false;
        }
    }

    private void Advance(GenerationJob job)
    {
        try
        {
            if (!job.Advance()) _active.Remove(job);
        }
        catch (Exception error)
        {
            End(job, error);
        }
    }

    private void End(GenerationJob job, Exception error)
    {
        _active.Remove(job);
        job.Fail(error);
    }

    private void EndAll(Exception reason)
    {
        foreach (GenerationJob job in _active) job.Fail(reason);
        _active.Clear();
        lock (_lock)
        {
            foreach (GenerationJob job in _waiting) job.Fail(reason);
            _waiting.Clear();
        }
    }
}
