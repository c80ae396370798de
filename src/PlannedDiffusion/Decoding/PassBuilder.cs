using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// Builds the passes of a sequence, one after the other in the same memory. Rows to compute and positions to decide
/// form a <see cref="ForwardStep"/>, which a decoder hands over when it is <see cref="Ready"/>.
/// </summary>
internal sealed class PassBuilder(Sequence sequence)
{
    private readonly ForwardStep _step = new();
    private readonly KeyValueRows _rows = sequence.KeyValues;

    /// <summary>The most rows of one pass.</summary>
    public int MaxRows { get; } = sequence.Limits.MaxRowsPerStep;

    /// <summary>Rows in the pass so far.</summary>
    public int RowCount => _step.RowCount;

    /// <summary>Empties the pass.</summary>
    public void Begin() => _step.Clear();

    /// <summary>True if the pass has room for so many more rows.</summary>
    public bool HasRoom(int rows) => sequence.Recompute || _step.RowCount + rows <= MaxRows;

    /// <summary>Adds rows to the pass.</summary>
    /// <param name="positions">The rows.</param>
    /// <param name="visibility">The positions that they see.</param>
    /// <param name="onlyIfMasked">True if they are a span that may be finished; see <see cref="RowGroup"/>.</param>
    public void AddRows(TokenRange positions, AttentionRange visibility, bool onlyIfMasked = false)
    {
        bool known = positions.End <= _rows.Computed;
        _rows.SkipTo(positions.End);
        var group = new RowGroup(sequence.Handle, positions, visibility, onlyIfMasked);
        if (!sequence.Recompute) _step.AddRows(group);
        else if (!known) _rows.Remember(group);
    }

    /// <summary>
    /// Adds the rows up to a position that are appended and not yet computed. They see everything before them.
    /// </summary>
    public void AddPendingRows(int end) => AddRows(
        new TokenRange(_rows.Computed, end), AttentionRange.CausalFrom(_rows.Computed, end));

    /// <summary>The same, if only the pass of a next plan may follow.</summary>
    public void LetPendingRowsRide(int end)
    {
        int start = _rows.Computed;
        if (sequence.Recompute) AddPendingRows(end);
        else if (start < end) LetRide(new TokenRange(start, end), AttentionRange.CausalFrom(start, end));
        _rows.SkipTo(end);
    }

    /// <summary>Adds rows, for fresh keys and values, to the next pass that has room for them.</summary>
    public void LetRide(TokenRange positions, AttentionRange visibility) =>
        _rows.LetRide(new RowGroup(sequence.Handle, positions, visibility));

    /// <summary>Adds the riding rows that fit into the pass, in their order.</summary>
    public void AddRiders()
    {
        while (_rows.TryTakeRiders(MaxRows - _step.RowCount, out RowGroup group)) _step.AddRows(group);
    }

    /// <summary>Lets the pass decide these positions.</summary>
    public void Decide(in UnmaskGroup group) => _step.AddUnmask(group);

    /// <summary>Completes and records the pass, which can then be computed.</summary>
    /// <param name="stage">Its purpose.</param>
    /// <param name="drafted">The number of its rows that are drafts.</param>
    /// <exception cref="RunnerCapacityException">It has more rows than the runner computes in a step.</exception>
    public ReadyPass Ready(DecodingStage stage, int drafted = 0)
    {
        foreach (ref readonly RowGroup group in _rows.History)
            _step.AddRows(sequence.Handle, group.Positions, group.Visibility);
        AddRiders();
        if (_step.RowCount > MaxRows)
            throw new RunnerCapacityException($"A pass needs {_step.RowCount} rows; the runner computes {MaxRows}.");
        _step.Stages = stage.Flag();
        sequence.Record.Add(new DecodingPass(stage, _step.RowCount, drafted));
        return new ReadyPass(stage, _step);
    }

    /// <summary>Removes the last pass, which was requested ahead and had nothing to do.</summary>
    public void TakeBack()
    {
        sequence.Record.TakeBack();
        _rows.CutAt(sequence.Length);
    }

    /// <summary>
    /// Records the number of accepted drafts of the last pass. The rows of rejected drafts are pending again.
    /// </summary>
    public void KeepDrafts(int kept) => _rows.CutAt(_rows.Computed - sequence.Record.Score(kept));
}
