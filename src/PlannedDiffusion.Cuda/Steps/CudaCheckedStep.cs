using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Sequences;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// A checked step as the tables that the kernels read. A refused step leaves no trace, because checking changes nothing
/// that a later step or read sees. The host does not know the tokens. So every position of a group is a candidate, and
/// the device skips those that hold no mask. The arrays live as long as the runner.
/// </summary>
internal sealed class CudaCheckedStep(ModelConfig config, RunnerLimits limits, int poolPositions)
{
    private readonly long[] _rowOf = new long[poolPositions]; // stamp of the step << 32 | row of the step
    private readonly StepRow[] _rows = new StepRow[limits.MaxRowsPerStep];
    private readonly StepGuard[] _guards = new StepGuard[limits.MaxRowsPerStep];
    private readonly int[] _logitsRowOf = new int[limits.MaxRowsPerStep]; // -1: none
    private readonly int[] _logitsRows = new int[limits.MaxRowsPerStep]; // logits row -> row
    private readonly StepCandidate[] _candidates = new StepCandidate[2 * limits.MaxRowsPerStep];
    private readonly StepGroup[] _groups = new StepGroup[limits.MaxRowsPerStep + 1];
    private int[] _kept = new int[16]; // index of requested logits -> logits row
    private int[] _accepted = new int[16]; // the same for the last accepted step
    private int _stamp, _keptCount;

    public int RowCount { get; private set; }

    public int LogitsRowCount { get; private set; }

    public int CandidateCount { get; private set; }

    public int GroupCount { get; private set; }

    /// <summary>Number of logits that the last accepted step requested.</summary>
    public int AcceptedCount { get; private set; }

    public Span<StepRow> Rows => _rows.AsSpan(0, RowCount);

    public ReadOnlySpan<StepGuard> Guards => _guards.AsSpan(0, RowCount);

    public ReadOnlySpan<int> LogitsRows => _logitsRows.AsSpan(0, LogitsRowCount);

    public ReadOnlySpan<StepCandidate> Candidates => _candidates.AsSpan(0, CandidateCount);

    public ReadOnlySpan<StepGroup> Groups => _groups.AsSpan(0, GroupCount);

    /// <summary>Checks a step and writes its tables.</summary>
    /// <exception cref="ArgumentException">The step is not valid.</exception>
    public void Build(ForwardStep step, CudaSequenceTable sequences, CudaKvCache pool)
    {
        if (step.RowCount > limits.MaxRowsPerStep) throw StepRules.TooManyRows(step.RowCount, limits.MaxRowsPerStep);
        _stamp++;
        RowCount = LogitsRowCount = CandidateCount = GroupCount = _keptCount = 0;
        foreach (ref readonly RowGroup group in step.Rows) AddRows(group, sequences.Find(group.Sequence));
        Array.Fill(_logitsRowOf, -1, 0, RowCount);
        foreach ((int handle, TokenRange rows) in step.Logits) KeepLogits(handle, rows, sequences.Find(handle));
        foreach (ref readonly UnmaskGroup group in step.Unmask)
            AddGroup(group, sequences.Find(group.Sequence), pool);
    }

    /// <summary>Accepts the step: its logits are the ones to read from now on.</summary>
    public void Accept()
    {
        (_accepted, _kept) = (_kept, _accepted);
        AcceptedCount = _keptCount;
    }

    /// <summary>The logits row that holds logits <paramref name="index"/> of the last accepted step.</summary>
    public int AcceptedRow(int index) => _accepted[index];

    private void AddRows(in RowGroup group, CudaSequence sequence)
    {
        StepRules.Check(group, sequence.Capacity);
        (int prefixEnd, TokenRange block, _) = group.Visibility;
        StepGuard guard = group.WriteOnlyIfMasked
            ? new StepGuard { First = sequence.Start + group.Positions.Start, Count = group.Positions.Length }
            : default;
        int blockStart = block.IsEmpty ? prefixEnd : block.Start;
        for (int position = group.Positions.Start; position < group.Positions.End; position++)
        {
            int index = sequence.Start + position;
            if ((int)(_rowOf[index] >> 32) == _stamp) throw StepRules.ComputedTwice(position, group.Sequence);
            _rowOf[index] = ((long)_stamp << 32) | (uint)RowCount;
            _guards[RowCount] = guard;
            _rows[RowCount++] = new StepRow
            {
                Pool = index,
                Sequence = sequence.Start,
                Position = position,
                PrefixEnd = prefixEnd,
                BlockStart = blockStart,
                BlockEnd = block.IsEmpty ? blockStart : Math.Max(blockStart, group.Visibility.BlockEndFor(position)),
            };
        }
    }

    private void KeepLogits(int handle, TokenRange rows, CudaSequence sequence)
    {
        for (int position = rows.Start; position < rows.End; position++)
        {
            int row = Row(sequence, handle, position, position);
            if (_keptCount == _kept.Length) Array.Resize(ref _kept, 2 * _keptCount);
            _kept[_keptCount++] = LogitsRow(row); // a row that is requested twice is computed once
        }
    }

    private void AddGroup(in UnmaskGroup group, CudaSequence sequence, CudaKvCache pool)
    {
        StepRules.Check(group, sequence.Capacity, config, limits);
        bool skipping = group.SkipUncomputed && group.Rule != UnmaskRule.All;
        int first = CandidateCount;
        for (int position = group.Positions.Start; position < group.Positions.End; position++)
        {
            // Position 0 has no row before it. The reference predicts it from its own row.
            int predicting = Math.Max(0, position - 1);
            if (skipping && RowOf(sequence, predicting) < 0) continue;
            int row = Row(sequence, group.Sequence, predicting, position);
            if (CandidateCount == _candidates.Length) throw TooManyTargets("targets", _candidates.Length);
            _candidates[CandidateCount++] = new StepCandidate
            {
                Pool = sequence.Start + position,
                LogitsRow = LogitsRow(row),
                Position = position,
                Group = GroupCount,
            };
        }

        if (CandidateCount == first) return;
        if (GroupCount == _groups.Length) throw TooManyTargets("groups", _groups.Length);
        _groups[GroupCount++] = new StepGroup
        {
            First = first,
            Count = CandidateCount - first,
            Rule = (int)group.Rule,
            Reveal = Math.Max(0, group.Count),
            StepsLeft = group.StepsLeft,
            Threshold = group.Threshold,
            Counter = StepRules.Counts(group.Rule) ? pool.CounterOf(sequence, group.GroupIndex) : -1,
            ResetCarry = group.ResetCarry ? 1 : 0,
            Confidence = (int)group.Confidence,
            RandomStep = group.RandomStep,
            Temperature = group.Sampling.IsGreedy ? 0 : group.Sampling.Temperature,
            TopP = group.Sampling.TopP,
            TopK = group.Sampling.TopK,
            SeedLow = (uint)group.Sampling.Seed,
            SeedHigh = (uint)(group.Sampling.Seed >> 32),
        };
    }

    /// <summary>Only overlapping groups can have more targets than the rows predict.</summary>
    private static ArgumentException TooManyTargets(string what, int limit) =>
        new($"More {what} than the {limit} that a step can hold: groups must not overlap.");

    private int LogitsRow(int row)
    {
        if (_logitsRowOf[row] < 0)
        {
            _logitsRowOf[row] = LogitsRowCount;
            _logitsRows[LogitsRowCount++] = row;
        }

        return _logitsRowOf[row];
    }

    private int Row(CudaSequence sequence, int handle, int position, int target)
    {
        int row = position >= 0 && position < sequence.Capacity ? RowOf(sequence, position) : -1;
        return row >= 0 ? row : throw StepRules.MissingRow(target, handle, position);
    }

    /// <summary>The row of the step that computes a position, or -1.</summary>
    private int RowOf(CudaSequence sequence, int position)
    {
        long entry = _rowOf[sequence.Start + position];
        return (int)(entry >> 32) == _stamp ? (int)entry : -1;
    }
}
