using PlannedDiffusion.Decoding.Planning;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Chooses what a step computes, by <see cref="SchedulingOptions"/>. Rows of writers come first, then units up to a
/// number of rows, then prompts from what is left. Composing a step allocates nothing.
/// </summary>
/// <param name="options">The rules.</param>
/// <param name="mostRows">The most rows that the runner computes in a step.</param>
/// <param name="times">How long steps take.</param>
/// <param name="clock">The engine's clock.</param>
internal sealed class StepComposer(SchedulingOptions options, int mostRows, MeasuredSteps times, TimeProvider clock)
{
    private readonly List<StepDemand> _demands = []; // in their order
    private bool _shares; // there are several keys
    private int _turn; // of the writers, if a step has no room for all
    private bool _giveWay; // a unit or a prompt does not fit beside the writers: in the next step they come last
    private bool _promptsFirst; // units have left no room for prompts: in the next step they come before units
    private bool _hasUnit;
    private long _now;

    /// <summary>Rows of the step.</summary>
    public int Rows { get; private set; }

    /// <summary>Rows that the step might have had.</summary>
    public int Budget { get; private set; } = Math.Min(mostRows, options.MaxRows);

    /// <summary>True if the step has at most one unit.</summary>
    private bool OneUnit { get; set; }

    /// <summary>A request begins to run.</summary>
    public void Enter(StepDemand demand) => _demands.Add(demand);

    /// <summary>A running request has ended.</summary>
    public void Leave(StepDemand demand) => _demands.Remove(demand);

    /// <summary>Marks what the next step takes of each request.</summary>
    /// <param name="shares">True if there are requests of several keys.</param>
    public void Compose(bool shares)
    {
        _now = clock.GetTimestamp();
        _shares = shares;
        Rows = 0;
        _hasUnit = false;
        foreach (StepDemand demand in _demands)
        {
            demand.Parts.TakeNothing();
            demand.Since = demand.HasUnits ? demand.Since ?? _now : null;
        }

        Sort();
        Budget = Math.Min(mostRows, BudgetOfNow());
        if (_demands.Count == 1)
        {
            TakeAll(_demands[0]);
            return;
        }

        (bool writersLast, bool promptsFirst) = (_giveWay, _promptsFirst);
        _giveWay = _promptsFirst = false;
        if (options.WritersFirst && !writersLast) AddWriters();
        if (promptsFirst) AddPrompts();
        AddUnits();
        if (!promptsFirst) AddPrompts();
        if (options.WritersFirst && writersLast) AddWriters();
        AddRiders();
        if (Rows == 0 && _demands.Count > 0) TakeAll(_demands[0]);
    }

    /// <summary>While somebody writes, or is about to, steps must be short.</summary>
    private int BudgetOfNow()
    {
        OneUnit = false;
        if (double.IsInfinity(options.StretchPerStep) || !_demands.Exists(static demand => !demand.HasUnits))
            return options.MaxRows;
        OneUnit = times.RowsAreDear;
        return Math.Min(options.MaxRows, times.Budget);
    }

    private void TakeAll(StepDemand demand)
    {
        demand.Parts.TakeLead(int.MaxValue, int.MaxValue);
        if (demand.Parts.Core > 0) demand.Parts.TakeCore();
        for (int unit = 0; unit < demand.Parts.Count; unit++) demand.Parts.Take(unit);
        Rows = demand.Parts.Taken;
    }

    /// <summary>Adds the rows of all writers; those for whom there is no room come first in the next step.</summary>
    private void AddWriters()
    {
        int first = _turn, count = _demands.Count;
        _turn = 0;
        for (int i = 0; i < count; i++)
        {
            int index = (first + i) % count;
            StepDemand demand = _demands[index];
            if (!demand.Writes || demand.Parts.IsComplete) continue;
            if (Rows + demand.Parts.Core > mostRows)
            {
                _turn = index;
                return;
            }

            demand.Parts.TakeCore();
            Rows += demand.Parts.Core;
        }
    }

    private void AddUnits()
    {
        int writers = Rows, limit = Budget;
        if (!FillUp(writers, limit) || OneUnit || limit >= Math.Min(mostRows, options.PatienceRows)) return;
        limit = Math.Min(mostRows, options.PatienceRows);
        FillUp(writers, limit);
    }

    /// <summary>Adds units up to a number of rows; true if one is left out that has lost its patience.</summary>
    private bool FillUp(int writers, int limit)
    {
        bool isFull = false, impatient = false;
        for (int round = options.KeepsPlaces ? 0 : 1; round < 2; round++)
        {
            foreach (StepDemand demand in _demands)
            {
                if (!IsUnit(demand)) continue;
                int units = IsWhole(demand) ? 1 : demand.Parts.Count;
                for (int unit = 0; unit < units; unit++)
                {
                    int rows = RowsOf(demand, unit);
                    if (rows == 0) continue;
                    bool begun = HasBegun(demand, unit);
                    if (options.KeepsPlaces && begun != (round == 0)) continue;
                    if (!isFull && Fits(demand, rows, writers, limit))
                    {
                        Take(demand, unit);
                        continue;
                    }

                    impatient |= HasWaited(demand, options.Patience);
                    isFull |= OneUnit || limit - Rows < Scaffold.SmallestSpan
                        || (!begun && HasWaited(demand, options.MaxBypass));
                }
            }
        }

        return impatient;
    }

    private bool HasWaited(StepDemand demand, TimeSpan time) =>
        time != Timeout.InfiniteTimeSpan && demand.Since is { } since && clock.GetElapsedTime(since, _now) >= time;

    private bool IsUnit(StepDemand demand) => demand.HasUnits || (demand.Writes && !options.WritersFirst);

    /// <summary>True if the demand is one unit.</summary>
    private bool IsWhole(StepDemand demand) => demand.Parts.Core > 0 || !options.SpansAreUnits;

    private static bool HasBegun(StepDemand demand, int unit) => demand.Parts.Core > 0
        ? demand.Parts.CoreHasBegun
        : demand.Parts.HasBegun(unit);

    /// <summary>Rows of a unit that may be added, with those that must come before; 0 if it cannot be.</summary>
    private int RowsOf(StepDemand demand, int unit)
    {
        if (demand.Parts.IsComplete) return IsWhole(demand) ? 0 : SpanRows(demand, unit);
        if (demand.Parts.Lead > options.MinPrefillRows && Rows + demand.Parts.Lead > Budget) return 0; // a prompt first
        int rows = demand.Parts.Lead;
        if (demand.Parts.Core > 0) return rows + demand.Parts.Core;
        if (options.SpansAreUnits) return SpanRows(demand, unit) is var span and > 0 ? rows + span : 0;
        for (int span = 0; span < demand.Parts.Count; span++) rows += SpanRows(demand, span);
        return rows;
    }

    private static int SpanRows(StepDemand demand, int unit) =>
        demand.Parts.Rides(unit) ? 0 : demand.Parts.RowsLeft(unit);

    /// <summary>A unit larger than the limit is computed without others.</summary>
    private bool Fits(StepDemand demand, int rows, int writers, int limit)
    {
        if (Rows + rows > mostRows)
        {
            _giveWay |= writers + rows > mostRows;
            return false;
        }

        return !_hasUnit || (!OneUnit && Rows + rows <= limit);
    }

    private void Take(StepDemand demand, int unit)
    {
        int before = demand.Parts.Taken;
        demand.Parts.TakeLead(int.MaxValue, int.MaxValue);
        if (demand.Parts.Core > 0) demand.Parts.TakeCore();
        else if (options.SpansAreUnits) demand.Parts.Take(unit);
        else
        {
            for (int span = 0; span < demand.Parts.Count; span++)
            {
                if (!demand.Parts.Rides(span)) demand.Parts.Take(span);
            }
        }

        Rows += demand.Parts.Taken - before;
        _hasUnit = true;
    }

    /// <summary>Adds rows of prompts, and the rows that write their first tokens.</summary>
    private void AddPrompts()
    {
        int left = Math.Clamp(Budget - Rows, options.MinPrefillRows, options.MaxPrefillRows);
        foreach (StepDemand demand in _demands)
        {
            if (left <= 0) return;
            if (demand.Parts.Lead == 0 || demand.Parts.IsComplete) continue;
            int rows = demand.Parts.TakeLead(left, mostRows - Rows);
            if (rows == 0 && _hasUnit) _promptsFirst = true;
            else if (rows == 0) _giveWay = true;
            Rows += rows;
            left -= rows;
            if (!demand.Writes || Rows + demand.Parts.Core > mostRows) continue;
            demand.Parts.TakeCore();
            Rows += demand.Parts.Core;
        }
    }

    /// <summary>Adds finished spans whose keys and values are computed once more, where there is room.</summary>
    private void AddRiders()
    {
        foreach (StepDemand demand in _demands)
        {
            for (int unit = 0; demand.Parts.Lead == 0 && unit < demand.Parts.Count; unit++)
            {
                int rows = demand.Parts.Rides(unit) ? demand.Parts.RowsLeft(unit) : 0;
                if (rows == 0 || Rows + rows > Budget) continue;
                demand.Parts.Take(unit);
                Rows += rows;
            }
        }
    }

    /// <summary>Insertion: the order hardly changes from step to step.</summary>
    private void Sort()
    {
        for (int i = 1; i < _demands.Count; i++)
        {
            StepDemand demand = _demands[i];
            int at = i;
            for (; at > 0 && IsBefore(demand, _demands[at - 1]); at--) _demands[at] = _demands[at - 1];
            _demands[at] = demand;
        }
    }

    private bool IsBefore(StepDemand one, StepDemand other)
    {
        if (_shares && one.Share.Served != other.Share.Served) return one.Share.Served < other.Share.Served;
        long first = Key(one), second = Key(other);
        return first < second || (first == second && one.Number < other.Number);
    }

    private long Key(StepDemand demand) => options.OldestFirst ? demand.Arrival : demand.Since ?? demand.Arrival;
}
