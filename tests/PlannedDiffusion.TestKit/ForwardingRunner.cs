using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>Forwards to another runner. Derived classes change one thing.</summary>
/// <param name="inner">The runner that does the work; owned.</param>
public abstract class ForwardingRunner(IModelRunner inner) : IModelRunner
{
    /// <inheritdoc/>
    public ModelConfig Config => inner.Config;

    /// <inheritdoc/>
    public RunnerLimits Limits => inner.Limits;

    /// <inheritdoc/>
    public string Device => inner.Device;

    /// <inheritdoc/>
    public bool RunsAhead => inner.RunsAhead;

    /// <inheritdoc/>
    public virtual int ExactRows => inner.ExactRows;

    /// <inheritdoc/>
    public virtual long BytesPerPosition => inner.BytesPerPosition;

    /// <inheritdoc/>
    public virtual IStepClock? StepClock => inner.StepClock;

    /// <inheritdoc/>
    public virtual void Forward(ForwardStep step) => inner.Forward(step);

    /// <inheritdoc/>
    public virtual int OpenSequence(int capacity) => inner.OpenSequence(capacity);

    /// <inheritdoc/>
    public virtual void CloseSequence(int sequence) => inner.CloseSequence(sequence);

    /// <inheritdoc/>
    public void WriteTokens(int sequence, int start, ReadOnlySpan<int> tokens) =>
        inner.WriteTokens(sequence, start, tokens);

    /// <inheritdoc/>
    public virtual void ReadTokens(int sequence, int start, Span<int> tokens) =>
        inner.ReadTokens(sequence, start, tokens);

    /// <inheritdoc/>
    public virtual int BeginReadTokens(int sequence, int start, int count) =>
        inner.BeginReadTokens(sequence, start, count);

    /// <inheritdoc/>
    public virtual int BeginReadMasksLeft(int sequence, int count) => inner.BeginReadMasksLeft(sequence, count);

    /// <inheritdoc/>
    public void EndRead(int ticket, Span<int> copy) => inner.EndRead(ticket, copy);

    /// <inheritdoc/>
    public void ReadConfidences(int sequence, int start, Span<float> confidences) =>
        inner.ReadConfidences(sequence, start, confidences);

    /// <inheritdoc/>
    public void ClearKeyValues(int sequence, TokenRange range) => inner.ClearKeyValues(sequence, range);

    /// <inheritdoc/>
    public virtual bool IsSticky(Exception error) => inner.IsSticky(error);

    /// <inheritdoc/>
    public void ReadLogits(int index, Span<float> logits) => inner.ReadLogits(index, logits);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the inner runner.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
    }
}
