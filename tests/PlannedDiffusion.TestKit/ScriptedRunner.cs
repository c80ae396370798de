using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// Another runner that writes, wherever a token is decided by itself, what a test says for that position: so a random
/// model writes plans that end, and the decoder has to read them.
/// </summary>
/// <param name="inner">Computes everything else; owned.</param>
/// <param name="tokenAt">The token of a position.</param>
public sealed class ScriptedRunner(IModelRunner inner, Func<int, int> tokenAt) : IModelRunner
{
    /// <inheritdoc/>
    public ModelConfig Config => inner.Config;

    /// <inheritdoc/>
    public RunnerLimits Limits => inner.Limits;

    /// <inheritdoc/>
    public bool RunsAhead => inner.RunsAhead;

    /// <inheritdoc/>
    public void Forward(ForwardStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        inner.Forward(step);
        foreach (UnmaskGroup group in step.Unmask)
        {
            if (group.Rule != UnmaskRule.All) continue;
            for (int p = group.Positions.Start; p < group.Positions.End; p++)
                inner.WriteTokens(group.Sequence, p, [tokenAt(p)]);
        }
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
    public void Dispose() => inner.Dispose();
}
