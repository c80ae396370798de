using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>
/// The parts of a pass. A scheduler may take some of them into a step and leave the others for later ones; whoever
/// computes the pass as a whole has taken all.
/// <para>
/// The lead comes first: rows that decide nothing, such as those of a prompt. It may be cut, at any row where rows see
/// only what is before them. After it there is a core, which is taken as a whole (a row that writes a token with its
/// drafts, all spans of a dense round), or there are units, each of which is taken or not (the spans of a sparse round,
/// and finished spans that ride along). Both need the whole lead, in the same step or before. The decoder goes on once
/// the core or the rows of a span were taken.
/// </para>
/// </summary>
internal sealed class PassSelection(ForwardStep pass)
{
    private readonly List<RowGroup> _lead = [];
    private readonly List<RowGroup> _core = [];
    private readonly List<Unit> _units = [];
    private int _before; // rows of the lead that earlier steps took
    private int _taken; // those that this step takes
    private bool _coreTaken;

    /// <summary>Rows of the lead that are left, besides those that this step takes.</summary>
    public int Lead { get; private set; }

    /// <summary>Rows of the core; 0 if there is none.</summary>
    public int Core { get; private set; }

    /// <summary>Number of units, spans first.</summary>
    public int Count => _units.Count;

    /// <summary>True if the core writes tokens one after the other.</summary>
    public bool Writes { get; private set; }

    /// <summary>True if the core is not the first one of its round.</summary>
    public bool CoreHasBegun { get; private set; }

    /// <summary>
    /// True if the decoder made the pass before it knew what the last one did. If it goes on although nothing of the
    /// pass was taken, it makes a better one.
    /// </summary>
    public bool IsGuess { get; set; }

    /// <summary>Rows that this step takes.</summary>
    public int Taken { get; private set; }

    /// <summary>True if the decoder can go on after this step.</summary>
    public bool IsComplete => _coreTaken || SpanTaken || (Core == 0 && Count == 0 && Lead == 0);

    /// <summary>True if rows of a span are taken.</summary>
    private bool SpanTaken { get; set; }

    /// <summary>Rows of a unit.</summary>
    public int RowsOf(int unit) => _units[unit].Group.Positions.Length;

    /// <summary>The same if it may be taken; 0 if it was.</summary>
    public int RowsLeft(int unit) => _units[unit].IsTaken || _units[unit].IsDone ? 0 : RowsOf(unit);

    /// <summary>True if a unit is not the first of its span.</summary>
    public bool HasBegun(int unit) => _units[unit].HasBegun;

    /// <summary>True for rows of a finished span, which decide nothing and may wait.</summary>
    public bool Rides(int unit) => _units[unit].Decides < 0;

    /// <summary>True if the unit is part of the step.</summary>
    public bool IsTaken(int unit) => _units[unit].IsTaken;

    /// <summary>Empties the pass.</summary>
    public void Clear()
    {
        _lead.Clear();
        _core.Clear();
        _units.Clear();
        _before = _taken = Lead = Core = Taken = 0;
        _coreTaken = SpanTaken = Writes = CoreHasBegun = IsGuess = false;
    }

    /// <summary>Adds rows to the lead.</summary>
    public void AddLead(in RowGroup group)
    {
        if (group.Positions.IsEmpty) return;
        _lead.Add(group);
        Lead += group.Positions.Length;
    }

    /// <summary>Puts groups before the rest of the lead, which sees them.</summary>
    public void PutFirst(List<RowGroup> groups)
    {
        if (groups.Count == 0) return;
        _lead.InsertRange(0, groups);
        foreach (RowGroup group in groups) Lead += group.Positions.Length;
    }

    /// <summary>Moves the rows from a position on from the lead to the core: their logits are needed.</summary>
    public void CutCore(int position)
    {
        for (int i = 0; i < _lead.Count; i++)
        {
            RowGroup group = _lead[i];
            int start = Math.Max(group.Positions.Start, position), rows = group.Positions.End - start;
            if (rows <= 0 || !group.Visibility.Causal) continue;
            _lead[i] = group with { Positions = group.Positions with { End = start } };
            Lead -= rows;
            AddCore(group with { Positions = group.Positions with { Start = start } });
        }
    }

    /// <summary>Adds rows to the core, which decides all groups of the pass.</summary>
    public void AddCore(in RowGroup group)
    {
        if (group.Positions.IsEmpty) return;
        _core.Add(group);
        Core += group.Positions.Length;
    }

    /// <summary>Adds a unit.</summary>
    /// <param name="group">Its rows.</param>
    /// <param name="decides">The index of its group in the pass; negative if it decides nothing.</param>
    /// <param name="hasBegun">True if it is not the first of its span.</param>
    public void AddUnit(in RowGroup group, int decides, bool hasBegun) =>
        _units.Add(new Unit(group, decides, hasBegun, IsTaken: false, IsDone: false));

    /// <summary>Completes the pass, of which everything is taken until <see cref="TakeNothing"/>.</summary>
    public void Complete(bool writes, bool coreHasBegun)
    {
        Writes = writes && Core > 0;
        CoreHasBegun = coreHasBegun && Core > 0;
        TakeLead(int.MaxValue, int.MaxValue);
        if (Core > 0) TakeCore();
        for (int unit = 0; unit < Count; unit++) Take(unit);
    }

    /// <summary>Begins a step that takes nothing yet.</summary>
    public void TakeNothing()
    {
        Lead += _taken;
        _taken = Taken = 0;
        _coreTaken = SpanTaken = false;
        for (int unit = 0; unit < Count; unit++) _units[unit] = _units[unit] with { IsTaken = false };
    }

    /// <summary>
    /// Takes the next rows of the lead. A group that cannot be cut is taken as a whole, even if it is larger.
    /// </summary>
    /// <param name="wanted">The rows to take.</param>
    /// <param name="room">The most rows, whatever they are.</param>
    /// <returns>Rows that are taken.</returns>
    public int TakeLead(int wanted, int room)
    {
        int rows = 0, skip = _before + _taken;
        foreach (RowGroup group in _lead)
        {
            int length = group.Positions.Length;
            if (skip >= length)
            {
                skip -= length;
                continue;
            }

            int left = length - skip;
            skip = 0;
            int next = group.Visibility.Causal ? Math.Min(left, Math.Min(wanted, room) - rows) : left;
            if (rows >= wanted || rows + next > room || next == 0) break;
            rows += next;
            if (next < left) break;
        }

        _taken += rows;
        Lead -= rows;
        Taken += rows;
        return rows;
    }

    /// <summary>Takes the core.</summary>
    public void TakeCore()
    {
        _coreTaken = true;
        Taken += Core;
    }

    /// <summary>Takes a unit.</summary>
    public void Take(int unit)
    {
        if (RowsLeft(unit) == 0) return;
        Taken += RowsOf(unit);
        SpanTaken |= _units[unit].Decides >= 0;
        _units[unit] = _units[unit] with { IsTaken = true };
    }

    /// <summary>Adds what is taken to a step.</summary>
    public void AddTo(ForwardStep step)
    {
        step.Stages |= _coreTaken || SpanTaken || Core + Count == 0 ? pass.Stages : StepStages.Prefill;
        AddLeadTo(step);
        if (_coreTaken)
        {
            foreach (RowGroup group in _core) step.AddRows(group);
            foreach (UnmaskGroup group in pass.Unmask) step.AddUnmask(group);
        }

        foreach (Unit unit in _units)
        {
            if (!unit.IsTaken) continue;
            step.AddRows(unit.Group);
            if (unit.Decides >= 0) step.AddUnmask(pass.Unmask[unit.Decides]);
        }
    }

    /// <summary>The step was computed, and the pass goes on without what it took.</summary>
    public void GoOn()
    {
        _before += _taken;
        _taken = Taken = 0;
        for (int unit = 0; unit < Count; unit++)
            _units[unit] = _units[unit] with { IsTaken = false, IsDone = _units[unit].IsDone || _units[unit].IsTaken };
    }

    /// <summary>The next unit from an index on that rides, and that no step took; negative if there is none.</summary>
    public int NextLeftRider(int from, out RowGroup group)
    {
        for (int unit = from; unit < Count; unit++)
        {
            group = _units[unit].Group;
            if (Rides(unit) && !_units[unit].IsTaken && !_units[unit].IsDone) return unit;
        }

        group = default;
        return -1;
    }

    private void AddLeadTo(ForwardStep step)
    {
        int skip = _before, rows = _taken;
        foreach (RowGroup group in _lead)
        {
            int length = group.Positions.Length;
            if (skip >= length)
            {
                skip -= length;
                continue;
            }

            int start = group.Positions.Start + skip, next = Math.Min(length - skip, rows);
            step.AddRows(group with { Positions = new TokenRange(start, start + next) });
            skip = 0;
            rows -= next;
            if (rows == 0) return;
        }
    }

    private readonly record struct Unit(RowGroup Group, int Decides, bool HasBegun, bool IsTaken, bool IsDone);
}
