using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// Builds the passes of a sequence, one after the other in the same memory: rows to compute and positions to decide
/// become a <see cref="ForwardStep"/>, which a decoder hands over when it is <see cref="Ready"/>.
/// </summary>
internal sealed class PassBuilder(Sequence sequence)
{
    private readonly ForwardStep _step = new();
    private readonly KeyValueRows _rows = sequence.KeyValues;

    /// <summary>Most rows that one pass may compute.</summary>
    public int MaxRows { get; } = sequence.Limits.MaxRowsPerStep;

    /// <summary>Rows in the pass so far.</summary>
    public int RowCount => _step.RowCount;

    /// <summary>Empties the pass.</summary>
    public void Begin() => _step.Clear();

    /// <summary>True if the pass takes so many rows more.</summary>
    public bool HasRoom(int rows) => sequence.Recompute || _step.RowCount + rows <= MaxRows;

    /// <summary>Adds rows to the pass.</summary>
    /// <param name="positions">The rows.</param>
    /// <param name="visibility">What they see.</param>
    /// <param name="onlyIfMasked">True if they are a span that may be finished: see <see cref="RowGroup"/>.</param>
    public void AddRows(TokenRange positions, AttentionRange visibility, bool onlyIfMasked = false)
    {
        bool known = positions.End <= _rows.Computed;
        _rows.SkipTo(positions.End);
        var group = new RowGroup(sequence.Handle, positions, visibility, onlyIfMasked);
        if (!sequence.Recompute) _step.AddRows(group);
        else if (!known) _rows.Remember(group);
    }

    /// <summary>Adds the rows that are appended and not computed, up to a position; they see all before them.</summary>
    public void AddPendingRows(int end) => AddRows(
        new TokenRange(_rows.Computed, end), AttentionRange.CausalFrom(_rows.Computed, end));

    /// <summary>The same, where no pass is to come but perhaps that of a next plan.</summary>
    public void LetPendingRowsRide(int end)
    {
        int start = _rows.Computed;
        if (sequence.Recompute) AddPendingRows(end);
        else if (start < end) LetRide(new TokenRange(start, end), AttentionRange.CausalFrom(start, end));
        _rows.SkipTo(end);
    }

    /// <summary>Lets rows ride along, for fresh keys and values, in the next pass that has room for them.</summary>
    public void LetRide(TokenRange positions, AttentionRange visibility) =>
        _rows.LetRide(new RowGroup(sequence.Handle, positions, visibility));

    /// <summary>Adds the riding rows that the pass has room for, in their order.</summary>
    public void AddRiders()
    {
        while (_rows.TryTakeRiders(MaxRows - _step.RowCount, out RowGroup group)) _step.AddRows(group);
    }

    /// <summary>The pass decides these positions.</summary>
    public void Decide(in UnmaskGroup group) => _step.AddUnmask(group);

    /// <summary>Completes the pass and notes it: it may be computed now.</summary>
    /// <param name="stage">What it is for.</param>
    /// <param name="drafted">How many of its rows are drafts.</param>
    /// <exception cref="RunnerCapacityException">It has more rows than the runner computes.</exception>
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

    /// <summary>Takes the last pass, which was asked for ahead, back: its rows had nothing to do.</summary>
    public void TakeBack()
    {
        sequence.Record.TakeBack();
        _rows.CutAt(sequence.Length);
    }

    /// <summary>Notes how many drafts of the last pass came true: the rows of the others are pending again.</summary>
    public void KeepDrafts(int kept) => _rows.CutAt(_rows.Computed - sequence.Record.Score(kept));
}
