using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// Builds the passes of a sequence, one after the other in the same memory. Rows to compute and positions to decide
/// form a <see cref="ForwardStep"/>, which a decoder hands over when it is <see cref="Ready"/>.
/// </summary>
internal sealed class PassBuilder
{
    private readonly Sequence _sequence;
    private readonly KeyValueRows _rows;
    private readonly ForwardStep _step = new();
    private readonly PassSelection _parts;
    private readonly List<RowGroup> _riders = []; // of the pass
    private bool _coreHasBegun;

    public PassBuilder(Sequence sequence)
    {
        _sequence = sequence;
        _rows = sequence.KeyValues;
        _parts = new PassSelection(_step);
        MaxRows = sequence.Limits.MaxRowsPerStep;
    }

    /// <summary>The most rows of one pass.</summary>
    public int MaxRows { get; }

    /// <summary>Rows in the pass so far.</summary>
    public int RowCount => _step.RowCount;

    /// <summary>True if nothing of the pass was taken into a step.</summary>
    public bool IsLeftOut => _parts.Taken == 0 && !_sequence.Recompute;

    /// <summary>True if the unit with this index was taken into a step; all are if the pass has no units.</summary>
    public bool Took(int unit) => _parts.Count == 0 || _parts.IsTaken(unit);

    /// <summary>Empties the pass. Riding rows that no step took ride in the next one.</summary>
    public void Begin()
    {
        for (int i = _parts.NextLeftRider(0, out RowGroup rider); i >= 0; i = _parts.NextLeftRider(i + 1, out rider))
            _rows.LetRide(rider);
        _step.Clear();
        _parts.Clear();
        _riders.Clear();
    }

    /// <summary>True if the pass has room for so many more rows.</summary>
    public bool HasRoom(int rows) => _sequence.Recompute || _step.RowCount + rows <= MaxRows;

    /// <summary>Adds rows to the pass.</summary>
    /// <param name="positions">The rows.</param>
    /// <param name="visibility">The positions that they see.</param>
    /// <param name="onlyIfMasked">True if they are a span that may be finished; see <see cref="RowGroup"/>.</param>
    public void AddRows(TokenRange positions, AttentionRange visibility, bool onlyIfMasked = false) =>
        _parts.AddCore(Add(positions, visibility, onlyIfMasked));

    /// <summary>Adds a span that sees no other, and lets the pass decide it. It may be taken without others.</summary>
    /// <param name="positions">The rows.</param>
    /// <param name="visibility">The positions that they see.</param>
    /// <param name="onlyIfMasked">True if the span may be finished; see <see cref="RowGroup"/>.</param>
    /// <param name="group">The positions to decide.</param>
    /// <param name="hasBegun">True if this is not the first step of the span.</param>
    public void AddUnit(
        TokenRange positions, AttentionRange visibility, bool onlyIfMasked, in UnmaskGroup group, bool hasBegun)
    {
        RowGroup rows = Add(positions, visibility, onlyIfMasked);
        if (!_sequence.Recompute) _parts.AddUnit(rows, _step.Unmask.Length, hasBegun);
        Decide(group);
    }

    /// <summary>
    /// Adds the rows up to a position that are appended and not yet computed. They see everything before them.
    /// </summary>
    public void AddPendingRows(int end)
    {
        AttentionRange visibility = AttentionRange.CausalFrom(_rows.Computed, end);
        _parts.AddLead(Add(new TokenRange(_rows.Computed, end), visibility, onlyIfMasked: false));
    }

    /// <summary>The same, if only the pass of a next plan may follow.</summary>
    public void LetPendingRowsRide(int end)
    {
        int start = _rows.Computed;
        if (_sequence.Recompute) AddPendingRows(end);
        else if (start < end) LetRide(new TokenRange(start, end), AttentionRange.CausalFrom(start, end));
        _rows.SkipTo(end);
    }

    /// <summary>Adds rows, for fresh keys and values, to the next pass that has room for them.</summary>
    public void LetRide(TokenRange positions, AttentionRange visibility) =>
        _rows.LetRide(new RowGroup(_sequence.Handle, positions, visibility));

    /// <summary>Adds the riding rows that fit into the pass, in their order.</summary>
    public void AddRiders()
    {
        while (_rows.TryTakeRiders(MaxRows - _step.RowCount, out RowGroup group))
        {
            _step.AddRows(group);
            _riders.Add(group);
        }
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
            _step.AddRows(_sequence.Handle, group.Positions, group.Visibility);
        AddRiders();
        if (_step.RowCount > MaxRows)
            throw new RunnerCapacityException($"A pass needs {_step.RowCount} rows; the runner computes {MaxRows}.");
        _step.Stages = stage.Flag();
        CompleteParts(stage);
        _sequence.Record.Add(new DecodingPass(stage, _step.RowCount, drafted));
        return new ReadyPass(stage, _step, _parts);
    }

    /// <summary>The same for a pass that depends on results that the decoder does not know yet.</summary>
    public ReadyPass ReadyGuess(DecodingStage stage)
    {
        _parts.IsGuess = true;
        return Ready(stage);
    }

    /// <summary>Removes the last pass, which was requested ahead and had nothing to do.</summary>
    public void TakeBack()
    {
        _sequence.Record.TakeBack();
        _rows.CutAt(_sequence.Length);
    }

    /// <summary>Removes the last pass, of which nothing was computed.</summary>
    public void Withdraw() => _sequence.Record.Withdraw();

    /// <summary>
    /// Records the number of accepted drafts of the last pass. The rows of rejected drafts are pending again.
    /// </summary>
    public void KeepDrafts(int kept) => _rows.CutAt(_rows.Computed - _sequence.Record.Score(kept));

    private RowGroup Add(TokenRange positions, AttentionRange visibility, bool onlyIfMasked)
    {
        bool known = positions.End <= _rows.Computed;
        _rows.SkipTo(positions.End);
        var group = new RowGroup(_sequence.Handle, positions, visibility, onlyIfMasked);
        if (!_sequence.Recompute) _step.AddRows(group);
        else if (!known) _rows.Remember(group);
        return group;
    }

    /// <summary>
    /// Says which rows come first. Spans that ride in a sparse round see no other span, and may come later. Those of a
    /// dense round belong to this very pass. Rows of a plan see all that rides, in its order.
    /// </summary>
    private void CompleteParts(DecodingStage stage)
    {
        bool denoises = stage == DecodingStage.Denoise, writes = !denoises && _step.Unmask.Length > 0;
        foreach (RowGroup rider in _riders)
        {
            if (_parts.Count > 0) _parts.AddUnit(rider, decides: -1, hasBegun: false);
            else if (denoises) _parts.AddCore(rider);
        }

        if (!denoises) _parts.PutFirst(_riders);
        if (writes) _parts.CutCore(Math.Max(0, _step.Unmask[0].Positions.Start - 1));
        _parts.Complete(writes, _coreHasBegun);
        _coreHasBegun = denoises;
    }
}
