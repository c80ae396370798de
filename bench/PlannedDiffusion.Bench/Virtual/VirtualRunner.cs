using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>
/// A runner that computes nothing. Each step moves a clock by the time of a table, and writes a token that means
/// nothing wherever one is asked for. So requests get the lengths that they force, and an engine around it schedules as
/// on the device of the table.
/// </summary>
/// <param name="config">The shape; only its tokens matter.</param>
/// <param name="limits">The limits.</param>
/// <param name="times">The time of a step.</param>
/// <param name="clock">The engine's clock.</param>
/// <param name="token">The token that it writes.</param>
internal sealed class VirtualRunner(
    ModelConfig config, RunnerLimits limits, StepTimes times, VirtualClock clock, int token) : IModelRunner
{
    private readonly HandleTable _handles = new(limits);
    private readonly VirtualSequence[] _sequences =
        [.. Enumerable.Range(0, limits.MaxSequences).Select(_ => new VirtualSequence())];

    private readonly TicketTable<List<int>> _reads = new(() => []);

    /// <summary>Called with the first tokens of each sequence that is closed.</summary>
    public Action<ReadOnlyMemory<int>>? Closed { get; set; }

    /// <summary>
    /// The token to write after the first tokens of a sequence, instead of the one that means nothing; null for that.
    /// </summary>
    public Func<ReadOnlyMemory<int>, int, int?>? Written { get; set; }

    /// <summary>Called with each step, before the clock moves.</summary>
    public Action<ForwardStep>? Stepping { get; set; }

    /// <inheritdoc/>
    public ModelConfig Config => config;

    /// <inheritdoc/>
    public RunnerLimits Limits => limits;

    /// <inheritdoc/>
    public string Device => $"virtual: {times.Name}";

    /// <inheritdoc/>
    public bool RunsAhead => false;

    /// <inheritdoc/>
    public int ExactRows => int.MaxValue;

    /// <summary>Steps so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Rows of all steps so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Time in steps so far.</summary>
    public TimeSpan Busy { get; private set; }

    /// <inheritdoc/>
    public int OpenSequence(int capacity)
    {
        _handles.CheckPositions(capacity);
        int slot = _handles.FreeSlot();
        if (slot < 0) throw _handles.Full;
        _sequences[slot].Open(capacity, limits.MaxGroupsPerSequence);
        return _handles.Open(slot);
    }

    /// <inheritdoc/>
    public void CloseSequence(int sequence)
    {
        int slot = _handles.Close(sequence);
        _reads.Drop(sequence);
        Closed?.Invoke(_sequences[slot].Tokens);
    }

    /// <inheritdoc/>
    public void WriteTokens(int sequence, int start, ReadOnlySpan<int> tokens) =>
        tokens.CopyTo(Find(sequence).Tokens.Span[start..]);

    /// <inheritdoc/>
    public void ReadTokens(int sequence, int start, Span<int> tokens) =>
        Find(sequence).Tokens.Span.Slice(start, tokens.Length).CopyTo(tokens);

    /// <inheritdoc/>
    public int BeginReadTokens(int sequence, int start, int count) =>
        BeginRead(sequence, Find(sequence).Tokens.Span.Slice(start, count));

    /// <inheritdoc/>
    public int BeginReadMasksLeft(int sequence, int count) =>
        BeginRead(sequence, Find(sequence).MasksLeft.AsSpan(0, count));

    /// <inheritdoc/>
    public void EndRead(int ticket, Span<int> copy)
    {
        _reads.Find(ticket, copy.Length).CopyTo(copy);
        _reads.Close(ticket);
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
        if (step.RowCount > limits.MaxRowsPerStep) throw StepRules.TooManyRows(step.RowCount, limits.MaxRowsPerStep);
        foreach (UnmaskGroup group in step.Unmask) Reveal(group, step);
        Stepping?.Invoke(step);
        TimeSpan time = times[step.RowCount];
        Steps++;
        Rows += step.RowCount;
        Busy += time;
        clock.Advance(time);
    }

    /// <inheritdoc/>
    public void ReadLogits(int index, Span<float> logits) => logits.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private VirtualSequence Find(int sequence) => _sequences[_handles.SlotOf(sequence)];

    private int BeginRead(int sequence, ReadOnlySpan<int> values)
    {
        (int ticket, List<int> copy) = _reads.Open(sequence, values.Length);
        copy.Clear();
        copy.AddRange(values);
        return ticket;
    }

    /// <summary>Reveals the first masks of a group, as many as its schedule asks for.</summary>
    private void Reveal(in UnmaskGroup group, ForwardStep step)
    {
        VirtualSequence sequence = Find(group.Sequence);
        Span<int> tokens = sequence.Tokens.Span[..group.Positions.End];
        if (group.Rule == UnmaskRule.All)
        {
            for (int p = group.Positions.Start; p < tokens.Length; p++)
                tokens[p] = Written?.Invoke(sequence.Tokens, p) ?? token;
        }
        else
        {
            int count = group.Rule == UnmaskRule.Threshold ? 1 : group.Count;
            for (int p = group.Positions.Start; p < tokens.Length && count > 0; p++)
            {
                if (tokens[p] != config.MaskTokenId || !IsComputed(step, group, p)) continue;
                tokens[p] = token;
                count--;
            }
        }

        if (StepRules.Counts(group.Rule))
            sequence.MasksLeft[group.GroupIndex] = tokens[group.Positions.Start..].Count(config.MaskTokenId ?? -1);
    }

    /// <summary>True if the row that predicts a position is in the step.</summary>
    private static bool IsComputed(ForwardStep step, in UnmaskGroup group, int position)
    {
        if (!group.SkipUncomputed) return true;
        foreach (RowGroup rows in step.Rows)
        {
            if (rows.Sequence == group.Sequence && rows.Positions.Start < position && rows.Positions.End >= position)
                return true;
        }

        return false;
    }

    /// <summary>The tokens of a sequence, and the counters of its groups.</summary>
    private sealed class VirtualSequence
    {
        private int[] _tokens = [];

        public Memory<int> Tokens { get; private set; }

        public int[] MasksLeft { get; private set; } = [];

        public void Open(int capacity, int groups)
        {
            if (_tokens.Length < capacity) _tokens = new int[capacity];
            if (MasksLeft.Length < groups) MasksLeft = new int[groups];
            Tokens = _tokens.AsMemory(0, capacity);
            Tokens.Span.Clear();
            Array.Clear(MasksLeft);
        }
    }
}
