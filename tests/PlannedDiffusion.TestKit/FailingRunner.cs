using PlannedDiffusion.Forward;

namespace PlannedDiffusion.TestKit;

/// <summary>A runner whose device is lost when a test says so: every step then fails, for good.</summary>
/// <param name="inner">The runner that does the work; owned.</param>
public sealed class FailingRunner(IModelRunner inner) : ForwardingRunner(inner)
{
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _fails;

    /// <summary>True once the runner was disposed.</summary>
    public bool Disposed => _disposed.Task.IsCompleted;

    /// <summary>Ends once the runner was disposed.</summary>
    public Task WhenDisposed => _disposed.Task;

    /// <summary>Loses the device.</summary>
    public void Break() => _fails = true;

    /// <inheritdoc/>
    public override bool IsSticky(Exception error) => error is IOException;

    /// <inheritdoc/>
    public override void Forward(ForwardStep step)
    {
        if (_fails) throw new IOException("the device is gone");
        base.Forward(step);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _disposed.TrySetResult();
    }
}
