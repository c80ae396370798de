using System.Runtime.ExceptionServices;

namespace PlannedDiffusion.Engine;

/// <summary>
/// The end of the engine's thread, for those who wait for it, though not for ever: a step may hang. Once somebody has
/// waited too long, <see cref="Hung"/> tells the readers of running requests.
/// </summary>
/// <param name="clock">Measures the time.</param>
/// <param name="limit">How long to wait; infinite for as long as it takes.</param>
internal sealed class LoopEnd(TimeProvider clock, TimeSpan limit) : IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _hung = new();
    private ExceptionDispatchInfo? _failure;

    /// <summary>Cancelled once somebody has waited too long.</summary>
    public CancellationToken Hung => _hung.Token;

    /// <summary>The thread ends.</summary>
    /// <param name="failure">What went wrong when the runner was freed; null if nothing did.</param>
    public void Set(Exception? failure)
    {
        _failure = failure is null ? null : ExceptionDispatchInfo.Capture(failure);
        _ended.SetResult();
    }

    /// <summary>Waits for the end.</summary>
    /// <exception cref="TimeoutException">It has taken longer than the limit.</exception>
    public void Wait()
    {
        if (!_ended.Task.IsCompleted)
        {
            using var enough = new CancellationTokenSource();
            int first = Task.WaitAny(_ended.Task, Task.Delay(limit, clock, enough.Token));
            enough.Cancel();
            if (first != 0) throw Late();
        }

        _failure?.Throw();
    }

    /// <inheritdoc cref="Wait"/>
    public async ValueTask WaitAsync()
    {
        try
        {
            await _ended.Task.WaitAsync(limit, clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw Late();
        }

        _failure?.Throw();
    }

    public void Dispose() => _hung.Dispose();

    private TimeoutException Late()
    {
        _hung.Cancel();
        return new TimeoutException(
            $"The step under way has not returned within {limit.TotalSeconds:0.###} s (EngineOptions.DisposeTimeout). "
            + "The runner is freed once it has.");
    }
}
