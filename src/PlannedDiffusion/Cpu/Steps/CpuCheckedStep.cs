using PlannedDiffusion.Cpu.Sequences;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Cpu.Steps;

/// <summary>A position to decide: the place of its logits, and the token drawn for it.</summary>
internal record struct DrawnCandidate(int Group, CpuSequence Sequence, int Position, int Slot)
{
    public int Token { get; set; }

    public float Confidence { get; set; }
}

/// <summary>
/// A checked step in the order in which the runner computes it. Checks come first and change nothing, so a refused step
/// has no effect. The arrays live as long as the runner.
/// </summary>
internal sealed class CpuCheckedStep(ModelConfig config, RunnerLimits limits)
{
    private readonly CpuSequence[] _sequences = new CpuSequence[limits.MaxRowsPerStep];
    private readonly int[] _positions = new int[limits.MaxRowsPerStep];
    private readonly bool[] _writes = new bool[limits.MaxRowsPerStep];
    private readonly int[] _query = new int[limits.MaxRowsPerStep]; // index in Last, or -1
    private readonly int[] _slotOfRow = new int[limits.MaxRowsPerStep]; // or -1
    private int[] _slots = new int[limits.MaxRowsPerStep]; // logits row -> query in Last
    private DrawnCandidate[] _candidates = new DrawnCandidate[limits.MaxRowsPerStep];
    private int[] _candidateEnds = new int[16];
    private bool[] _ranks = new bool[16]; // as many
    private int _stamp;

    /// <summary>The approximate bytes of the arrays, with those of the revealed tokens.</summary>
    public static long SizeOf(RunnerLimits limits) => 96L * limits.MaxRowsPerStep;

    public int RowCount { get; private set; }

    /// <summary>The rows that attend in all layers but the last.</summary>
    public QuerySet All { get; } = new(limits.MaxRowsPerStep);

    /// <summary>The rows whose logits are needed. The last layer continues with them only.</summary>
    public QuerySet Last { get; } = new(limits.MaxRowsPerStep);

    /// <summary>Rows of logits: first those that the caller requested, then those for candidates only.</summary>
    public int SlotCount { get; private set; }

    /// <summary>The number of rows that the caller requested.</summary>
    public int KeptSlots { get; private set; }

    public int CandidateCount { get; private set; }

    /// <summary>The candidates, group after group, each in ascending order of position.</summary>
    public Span<DrawnCandidate> Candidates => _candidates.AsSpan(0, CandidateCount);

    public CpuSequence SequenceOf(int row) => _sequences[row];

    public int PositionOf(int row) => _positions[row];

    /// <summary>True if the row's key and value go into the cache.</summary>
    public bool Writes(int row) => _writes[row];

    /// <summary>The query in <see cref="Last"/> that a row of logits belongs to.</summary>
    public int QueryOfSlot(int slot) => _slots[slot];

    /// <summary>The candidates of the group with this index in the step.</summary>
    public Span<DrawnCandidate> CandidatesOf(int group)
    {
        int first = group == 0 ? 0 : _candidateEnds[group - 1];
        return _candidates.AsSpan(first, _candidateEnds[group] - first);
    }

    /// <summary>True if the step computes at least one of the positions of the group with this index.</summary>
    public bool Ranks(int group) => _ranks[group];

    /// <summary>Checks a step and builds its layout.</summary>
    /// <exception cref="ArgumentException">The step is refused. Nothing has changed.</exception>
    public void Build(ForwardStep step, CpuSequenceTable sequences)
    {
        if (step.RowCount > limits.MaxRowsPerStep)
            throw StepRules.TooManyRows(step.RowCount, limits.MaxRowsPerStep);
        _stamp++;
        RowCount = CandidateCount = SlotCount = 0;
        All.Clear();
        foreach (ref readonly RowGroup group in step.Rows) AddRows(group, sequences.Find(group.Sequence));
        Array.Fill(_query, -1, 0, RowCount);
        Array.Fill(_slotOfRow, -1, 0, RowCount);
        AddLogits(step, sequences);
        if (step.Unmask.Length > _candidateEnds.Length)
        {
            Array.Resize(ref _candidateEnds, Math.Max(step.Unmask.Length, 2 * _candidateEnds.Length));
            Array.Resize(ref _ranks, _candidateEnds.Length);
        }

        for (int i = 0; i < step.Unmask.Length; i++)
        {
            AddCandidates(i, step.Unmask[i], sequences.Find(step.Unmask[i].Sequence));
            _candidateEnds[i] = CandidateCount;
        }

        AddLastQueries();
    }

    private void AddRows(in RowGroup group, CpuSequence sequence)
    {
        StepRules.Check(group, sequence.Capacity);
        All.BeginJob(sequence, group.Visibility);
        bool writes = !group.WriteOnlyIfMasked || HoldsMask(sequence, group.Positions);
        for (int position = group.Positions.Start; position < group.Positions.End; position++)
        {
            if (!sequence.TrySetRow(position, RowCount, _stamp))
                throw StepRules.ComputedTwice(position, group.Sequence);
            _sequences[RowCount] = sequence;
            _positions[RowCount] = position;
            _writes[RowCount] = writes;
            All.Add(RowCount++);
        }
    }

    private bool HoldsMask(CpuSequence sequence, TokenRange positions) =>
        config.MaskTokenId is { } mask && sequence.Tokens[positions.Start..positions.End].Contains(mask);

    private void AddLogits(ForwardStep step, CpuSequenceTable sequences)
    {
        foreach ((int handle, TokenRange rows) in step.Logits)
        {
            CpuSequence sequence = sequences.Find(handle);
            for (int position = rows.Start; position < rows.End; position++)
            {
                _slotOfRow[Row(sequence, handle, position, position)] = SlotCount;
                AddSlot(Row(sequence, handle, position, position));
            }
        }

        KeptSlots = SlotCount;
    }

    private void AddCandidates(int index, in UnmaskGroup group, CpuSequence sequence)
    {
        StepRules.Check(group, sequence.Capacity, config, limits);
        bool skipping = group.SkipUncomputed && group.Rule != UnmaskRule.All;
        _ranks[index] = false;
        for (int position = group.Positions.Start; position < group.Positions.End; position++)
        {
            // Position 0 has no row before it. As in the reference, its own row predicts it.
            int predicting = Math.Max(0, position - 1);
            if (skipping && sequence.RowOf(predicting, _stamp) < 0) continue;
            int row = Row(sequence, group.Sequence, predicting, position);
            _ranks[index] = true;
            if (group.Rule != UnmaskRule.All && sequence.Tokens[position] != config.MaskTokenId) continue;
            if (_slotOfRow[row] < 0)
            {
                _slotOfRow[row] = SlotCount;
                AddSlot(row);
            }

            if (CandidateCount == _candidates.Length) Array.Resize(ref _candidates, 2 * CandidateCount);
            _candidates[CandidateCount++] = new DrawnCandidate(index, sequence, position, _slotOfRow[row]);
        }
    }

    private int Row(CpuSequence sequence, int handle, int position, int target)
    {
        int row = position >= 0 && position < sequence.Capacity ? sequence.RowOf(position, _stamp) : -1;
        return row >= 0 ? row : throw StepRules.MissingRow(target, handle, position);
    }

    /// <summary>Stores the row, which <see cref="AddLastQueries"/> later replaces by the query.</summary>
    private void AddSlot(int row)
    {
        if (SlotCount == _slots.Length) Array.Resize(ref _slots, 2 * SlotCount);
        _slots[SlotCount++] = row;
        _query[row] = 0;
    }

    private void AddLastQueries()
    {
        Last.Clear();
        foreach (ref readonly AttentionJob job in All.Jobs)
        {
            Last.BeginJob(job.Sequence, job.Visibility);
            for (int row = job.First; row < job.First + job.Count; row++)
            {
                if (_query[row] >= 0) _query[row] = Last.Add(row);
            }
        }

        for (int slot = 0; slot < SlotCount; slot++) _slots[slot] = _query[_slots[slot]];
    }
}
