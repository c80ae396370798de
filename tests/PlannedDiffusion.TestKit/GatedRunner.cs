using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// A runner whose steps wait for a permit, so that a test controls what happens between steps. It records the sequences
/// of each step.
/// </summary>
public sealed class GatedRunner(IModelRunner inner, int permits = int.MaxValue) : ForwardingRunner(inner)
{
    private readonly SemaphoreSlim _gate = new(permits);
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly List<int[]> _steps = [];
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The sequences with rows in each step so far.</summary>
    public IReadOnlyList<int[]> Steps => _steps;

    /// <summary>True once the runner was disposed.</summary>
    public bool Disposed { get; private set; }

    /// <summary>Ends once the runner was disposed.</summary>
    public Task WhenDisposed => _disposed.Task;

    /// <summary>Waits until a step is at the gate.</summary>
    public Task StepArrives(CancellationToken cancellation) => _arrived.WaitAsync(cancellation);

    /// <summary>Lets so many steps pass.</summary>
    public void Permit(int steps = 1) => _gate.Release(steps);

    /// <inheritdoc/>
    public override void Forward(ForwardStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        _arrived.Release();
        _gate.Wait();
        var sequences = new HashSet<int>();
        foreach (RowGroup group in step.Rows) sequences.Add(group.Sequence);
        _steps.Add([.. sequences]);
        base.Forward(step);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        Disposed = true;
        _gate.Dispose();
        _arrived.Dispose();
        _disposed.TrySetResult();
    }
}
