namespace PlannedDiffusion.Forward;

/// <summary>
/// One forward pass: rows of one or several sequences in any stage, the groups to unmask afterwards, and the rows whose
/// raw logits the caller wants to read. An instance is reused from step to step: it grows to the largest step and then
/// allocates nothing.
/// </summary>
public sealed class ForwardStep
{
    private RowGroup[] _rows = new RowGroup[16];
    private UnmaskGroup[] _unmask = new UnmaskGroup[16];
    private (int Sequence, TokenRange Rows)[] _logits = new (int, TokenRange)[4];
    private int _rowGroups, _unmaskGroups, _logitsRanges;

    /// <summary>The groups of rows, in the order in which they were added.</summary>
    public ReadOnlySpan<RowGroup> Rows => _rows.AsSpan(0, _rowGroups);

    /// <summary>The groups to unmask.</summary>
    public ReadOnlySpan<UnmaskGroup> Unmask => _unmask.AsSpan(0, _unmaskGroups);

    /// <summary>
    /// Rows whose logits are kept for <see cref="IModelRunner.ReadLogits"/>: logits row i of the step is the i-th row
    /// counted through these ranges.
    /// </summary>
    public ReadOnlySpan<(int Sequence, TokenRange Rows)> Logits => _logits.AsSpan(0, _logitsRanges);

    /// <summary>Number of rows in all groups.</summary>
    public int RowCount { get; private set; }

    /// <summary>Number of requested rows of logits.</summary>
    public int LogitsCount { get; private set; }

    /// <summary>The purpose of the rows. Who adds rows may set it.</summary>
    public StepStages Stages { get; set; }

    /// <summary>Empties the step.</summary>
    public void Clear()
    {
        Stages = StepStages.None;
        _rowGroups = _unmaskGroups = _logitsRanges = 0;
        RowCount = LogitsCount = 0;
    }

    /// <summary>Adds rows to compute; an empty range adds nothing.</summary>
    public void AddRows(int sequence, TokenRange positions, AttentionRange visibility) =>
        AddRows(new RowGroup(sequence, positions, visibility));

    /// <summary>Adds rows to compute; an empty group adds nothing.</summary>
    public void AddRows(in RowGroup group)
    {
        if (group.Positions.IsEmpty) return;
        Append(ref _rows, ref _rowGroups, group);
        RowCount = Sum(RowCount, group.Positions);
    }

    /// <summary>Adds positions to decide after the pass.</summary>
    public void AddUnmask(in UnmaskGroup group) => Append(ref _unmask, ref _unmaskGroups, group);

    /// <summary>Asks for the raw logits of rows that this step computes.</summary>
    public void AddLogits(int sequence, TokenRange rows)
    {
        if (rows.IsEmpty) return;
        Append(ref _logits, ref _logitsRanges, (sequence, rows));
        LogitsCount = Sum(LogitsCount, rows);
    }

    /// <summary>Adds everything of another step. Its logits rows follow those of this one.</summary>
    public void Add(ForwardStep other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach (RowGroup group in other.Rows) AddRows(group);
        foreach (UnmaskGroup group in other.Unmask) AddUnmask(group);
        foreach ((int sequence, TokenRange rows) in other.Logits) AddLogits(sequence, rows);
        Stages |= other.Stages;
    }

    /// <summary>Saturates instead of overflowing, because ranges of any size are refused only later.</summary>
    private static int Sum(int count, TokenRange range) =>
        (int)Math.Min(int.MaxValue, count + ((long)range.End - range.Start));

    private static void Append<T>(ref T[] items, ref int count, in T item)
    {
        if (count == items.Length) Array.Resize(ref items, 2 * count);
        items[count++] = item;
    }
}
