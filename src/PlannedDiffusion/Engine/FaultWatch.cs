using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Tells errors of one request from those after which the runner computes nothing any more: the runner says so, or
/// several steps in a row failed for all their requests.
/// </summary>
internal sealed class FaultWatch(IModelRunner runner)
{
    /// <summary>Steps in a row that may fail.</summary>
    public const int MaxFailedSteps = 2;

    private Exception? _last;
    private int _failed;
    private bool _succeeded;

    /// <summary>Why the engine computes no more; null while it works.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>A request of the step goes on or has its answer.</summary>
    public void Succeeded() => _succeeded = true;

    /// <summary>A request ends with an error.</summary>
    public void Failed(Exception error)
    {
        if (runner.IsSticky(error)) Fault ??= error;
        bool isRequests = error is ArgumentException or RunnerCapacityException or BrokenLogitsException
            or PlanFormatException or OperationCanceledException or TimeoutException;
        if (!isRequests) _last = error;
    }

    /// <summary>The step is over.</summary>
    public void EndStep()
    {
        if (_succeeded) _failed = 0;
        else if (_last is not null && ++_failed > MaxFailedSteps) Fault ??= _last;
        _last = null;
        _succeeded = false;
    }
}
