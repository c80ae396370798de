using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>One round of planned decoding: a plan, and the spans that were denoised for it.</summary>
internal sealed class DecodingRound
{
    private int[] _masks = [];
    private int[] _completedAt = [];
    private int[] _steps = [];

    internal DecodingRound(int index, int start)
    {
        Index = index;
        PlanTokens = new TokenRange(start, start);
    }

    /// <summary>0 for the first round.</summary>
    public int Index { get; }

    /// <summary>The positions of the plan, without the token that ended it.</summary>
    public TokenRange PlanTokens { get; set; }

    /// <summary>The plan as the model wrote it, if an ablation has removed parts of it; else null.</summary>
    internal int[]? Written { get; set; }

    /// <summary>The token that ended the plan; null if a limit did.</summary>
    public int? Terminator { get; set; }

    /// <summary>True if the plan is the caller's and took no pass.</summary>
    internal bool IsGiven { get; set; }

    /// <summary>The plan; null until it has been read, and if it had no promise.</summary>
    public Plan? Plan { get; private set; }

    /// <summary>The spans in the sequence; null while <see cref="Plan"/> is null.</summary>
    public Scaffold? Scaffold { get; private set; }

    /// <summary>Number of denoise steps of the schedule.</summary>
    public int PlannedSteps { get; private set; }

    /// <summary>
    /// Number of denoise steps requested so far; once the round is complete, the number that it took. It is the largest
    /// of its spans, which need not advance together.
    /// </summary>
    public int Steps { get; private set; }

    /// <summary>Number of passes with denoise steps so far.</summary>
    public int Passes { get; set; }

    /// <summary>The same as <see cref="Steps"/>, of one span.</summary>
    public int StepsOf(int span) => _steps[span];

    /// <summary>Masks left in all spans, as far as the host knows.</summary>
    public int MasksLeft { get; private set; }

    /// <summary>Masks left in a span, as far as the host knows.</summary>
    public int MasksLeftIn(int span) => _masks[span];

    /// <summary>
    /// Number of its steps after which a span was complete: 0 for an empty span, -1 if it is not complete.
    /// </summary>
    public int CompletedAt(int span) => _completedAt[span];

    internal void Begin(Plan plan, Scaffold scaffold, int plannedSteps)
    {
        Plan = plan;
        Scaffold = scaffold;
        PlannedSteps = plannedSteps;
        _masks = new int[scaffold.Count];
        _completedAt = new int[scaffold.Count];
        _steps = new int[scaffold.Count];
        for (int span = 0; span < _masks.Length; span++)
        {
            _masks[span] = scaffold.Content(span).Length;
            _completedAt[span] = _masks[span] == 0 ? 0 : -1;
            MasksLeft += _masks[span];
        }
    }

    /// <summary>A step of a span is requested; a negative number takes one back that had nothing to do.</summary>
    internal void Advance(int span, int steps = 1)
    {
        _steps[span] += steps;
        Steps = steps > 0 ? Math.Max(Steps, _steps[span]) : _steps.Max();
    }

    /// <summary>Records the masks that a span has left after a step; true if this completes it.</summary>
    /// <param name="span">The span.</param>
    /// <param name="left">Its masks.</param>
    /// <param name="step">The number of its steps so far.</param>
    internal bool SetMasks(int span, int left, int step)
    {
        bool completed = left == 0 && _masks[span] > 0;
        MasksLeft += left - _masks[span];
        _masks[span] = left;
        if (completed) _completedAt[span] = step;
        return completed;
    }
}
