using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Load.Tests;

/// <summary>A runner whose steps wait at a gate while it is closed, and which counts what is asked of it.</summary>
internal sealed class WatchedRunner(IModelRunner inner) : ForwardingRunner(inner)
{
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _changed = new(false);
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _closed;
    private int _permits, _opened, _steps, _mostTogether;

    /// <summary>Called at the end of each step with its number, on the engine's thread.</summary>
    public Action<int>? Stepped { get; set; }

    /// <summary>Sequences that were opened so far: requests that began to run.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>Steps so far.</summary>
    public int Steps => Volatile.Read(ref _steps);

    /// <summary>The most sequences that shared a step.</summary>
    public int MostTogether => Volatile.Read(ref _mostTogether);

    /// <summary>Ends once the runner was disposed.</summary>
    public Task WhenDisposed => _disposed.Task;

    /// <summary>From now on steps wait.</summary>
    public void Close() => Set(closed: true, permits: 0);

    /// <summary>Lets all steps pass again.</summary>
    public void Open() => Set(closed: false, permits: 0);

    /// <summary>Lets so many steps pass.</summary>
    public void Permit(int steps = 1) => Set(closed: true, steps);

    /// <summary>Waits until a step is at the closed gate.</summary>
    public Task StepArrives(CancellationToken cancellation) => _arrived.WaitAsync(cancellation);

    public override void Forward(ForwardStep step)
    {
        if (!Passes())
        {
            _arrived.Release();
            do _changed.WaitOne();
            while (!Passes());
        }

        var sequences = new HashSet<int>();
        foreach (RowGroup group in step.Rows) sequences.Add(group.Sequence);
        _mostTogether = Math.Max(_mostTogether, sequences.Count);
        base.Forward(step);
        int number = Interlocked.Increment(ref _steps);
        Stepped?.Invoke(number);
    }

    public override int OpenSequence(int capacity)
    {
        int sequence = base.OpenSequence(capacity);
        Interlocked.Increment(ref _opened);
        return sequence;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        _arrived.Dispose();
        _changed.Dispose();
        _disposed.TrySetResult();
    }

    private bool Passes()
    {
        lock (_lock)
        {
            if (!_closed) return true;
            if (_permits == 0) return false;
            _permits--;
            return true;
        }
    }

    private void Set(bool closed, int permits)
    {
        lock (_lock)
        {
            if (_disposed.Task.IsCompleted) return;
            _closed = closed;
            _permits = permits;
            _changed.Set();
        }
    }
}
