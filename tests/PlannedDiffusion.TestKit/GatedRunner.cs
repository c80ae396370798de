using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// Another runner whose steps wait for a permit, so that a test decides what happens between which steps; and which
/// counts what each step held.
/// </summary>
public sealed class GatedRunner(IModelRunner inner, int permits = int.MaxValue) : IModelRunner
{
    private readonly SemaphoreSlim _gate = new(permits);
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly List<int[]> _steps = [];

    /// <inheritdoc/>
    public ModelConfig Config => inner.Config;

    /// <inheritdoc/>
    public RunnerLimits Limits => inner.Limits;

    /// <inheritdoc/>
    public bool RunsAhead => inner.RunsAhead;

    /// <summary>The sequences with rows in each step so far.</summary>
    public IReadOnlyList<int[]> Steps => _steps;

    /// <summary>True once the runner was disposed.</summary>
    public bool Disposed { get; private set; }

    /// <summary>Waits until a step stands before the gate.</summary>
    public Task StepArrives(CancellationToken cancellation) => _arrived.WaitAsync(cancellation);

    /// <summary>Lets so many steps pass.</summary>
    public void Permit(int steps = 1) => _gate.Release(steps);

    /// <inheritdoc/>
    public void Forward(ForwardStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        _arrived.Release();
        _gate.Wait();
        var sequences = new HashSet<int>();
        foreach (RowGroup group in step.Rows) sequences.Add(group.Sequence);
        _steps.Add([.. sequences]);
        inner.Forward(step);
    }

    /// <inheritdoc/>
    public int OpenSequence(int capacity) => inner.OpenSequence(capacity);

    /// <inheritdoc/>
    public void CloseSequence(int sequence) => inner.CloseSequence(sequence);

    /// <inheritdoc/>
    public void WriteTokens(int sequence, int start, ReadOnlySpan<int> tokens) =>
        inner.WriteTokens(sequence, start, tokens);

    /// <inheritdoc/>
    public void ReadTokens(int sequence, int start, Span<int> tokens) => inner.ReadTokens(sequence, start, tokens);

    /// <inheritdoc/>
    public int BeginReadTokens(int sequence, int start, int count) => inner.BeginReadTokens(sequence, start, count);

    /// <inheritdoc/>
    public void EndReadTokens(int ticket, Span<int> tokens) => inner.EndReadTokens(ticket, tokens);

    /// <inheritdoc/>
    public void ReadConfidences(int sequence, int start, Span<float> confidences) =>
        inner.ReadConfidences(sequence, start, confidences);

    /// <inheritdoc/>
    public void ClearKeyValues(int sequence, TokenRange range) => inner.ClearKeyValues(sequence, range);

    /// <inheritdoc/>
    public void ReadLogits(int index, Span<float> logits) => inner.ReadLogits(index, logits);

    /// <inheritdoc/>
    public void Dispose()
    {
        Disposed = true;
        inner.Dispose();
        _gate.Dispose();
        _arrived.Dispose();
    }
}
