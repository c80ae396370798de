using PlannedDiffusion.Cpu.Sequences;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// A runner without a network. It reveals the first masks of a group with a fixed token, and counts its use. For tests
/// of the cost of decoders.
/// </summary>
/// <param name="config">The shape.</param>
/// <param name="limits">The limits.</param>
/// <param name="answer">The token that it reveals.</param>
/// <param name="runsAhead">The value of <see cref="RunsAhead"/>; the runner never runs ahead.</param>
public sealed class IdleRunner(ModelConfig config, RunnerLimits limits, int answer, bool runsAhead = false)
    : IModelRunner
{
    private readonly CpuPendingReads _reads = new();
    private readonly int[] _tokens = new int[limits.MaxPositions];
    private readonly int[] _masksLeft = new int[limits.MaxGroupsPerSequence];

    /// <inheritdoc/>
    public ModelConfig Config => config;

    /// <inheritdoc/>
    public RunnerLimits Limits => limits;

    /// <inheritdoc/>
    public string Device => "idle";

    /// <inheritdoc/>
    public bool RunsAhead => runsAhead;

    /// <inheritdoc/>
    public int ExactRows => int.MaxValue;

    /// <summary>Calls of <see cref="ReadTokens"/> and <see cref="EndRead"/>.</summary>
    public int Reads { get; private set; }

    /// <inheritdoc/>
    public int OpenSequence(int capacity) => 0;

    /// <inheritdoc/>
    public void CloseSequence(int sequence)
    {
        Array.Clear(_tokens);
        _reads.Drop(sequence);
    }

    /// <inheritdoc/>
    public void WriteTokens(int sequence, int start, ReadOnlySpan<int> tokens) => tokens.CopyTo(_tokens.AsSpan(start));

    /// <inheritdoc/>
    public void ReadTokens(int sequence, int start, Span<int> tokens)
    {
        Reads++;
        _tokens.AsSpan(start, tokens.Length).CopyTo(tokens);
    }

    /// <inheritdoc/>
    public int BeginReadTokens(int sequence, int start, int count) =>
        _reads.Begin(sequence, _tokens.AsSpan(start, count));

    /// <inheritdoc/>
    public int BeginReadMasksLeft(int sequence, int count) => _reads.Begin(sequence, _masksLeft.AsSpan(0, count));

    /// <inheritdoc/>
    public void EndRead(int ticket, Span<int> copy)
    {
        Reads++;
        _reads.End(ticket, copy);
    }

    /// <inheritdoc/>
    public void ReadConfidences(int sequence, int start, Span<float> confidences) => confidences.Clear();

    /// <inheritdoc/>
    public void ClearKeyValues(int sequence, TokenRange range)
    {
    }

    /// <inheritdoc/>
    public void Forward(ForwardStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        foreach (UnmaskGroup group in step.Unmask)
        {
            int count = group.Rule switch
            {
                UnmaskRule.All => group.Positions.Length,
                UnmaskRule.Scheduled or UnmaskRule.Certain or UnmaskRule.Factor => group.Count,
                _ => 1,
            };
            for (int p = group.Positions.Start; p < group.Positions.End && count > 0; p++)
            {
                if (group.Rule != UnmaskRule.All && _tokens[p] != config.MaskTokenId) continue;
                _tokens[p] = answer;
                count--;
            }

            if (StepRules.Counts(group.Rule)) _masksLeft[group.GroupIndex] = CountMasks(group.Positions);
        }
    }

    /// <inheritdoc/>
    public void ReadLogits(int index, Span<float> logits) => logits.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private int CountMasks(TokenRange range) =>
        _tokens.AsSpan(range.Start, range.Length).Count(config.MaskTokenId ?? -1);
}
