using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding.Unmasking;

/// <summary>The positions that compete to be revealed.</summary>
public enum UnmaskScope
{
    /// <summary>The positions of a span: every span advances in every step.</summary>
    Span,

    /// <summary>The positions of all spans of the round: a step may reveal nothing in a span.</summary>
    Round,
}

/// <summary>Decides how many masks a step reveals, and which.</summary>
public abstract record UnmaskPolicy
{
    /// <summary>Which positions are ranked together.</summary>
    public UnmaskScope Scope { get; init; }

    /// <summary>The end of the schedule's time, which starts at 1.</summary>
    public float Epsilon { get; init; } = 1e-3f;

    /// <summary>
    /// True if the host knows the masks left in each span without reading tokens. Then the steps of a round need not
    /// wait for each other.
    /// </summary>
    internal virtual bool CountsAreKnown => false;

    /// <summary>
    /// True if the host waits for the counts of each step although it could request the next step before. Rounds are
    /// then so short that a surplus step costs more than waiting.
    /// </summary>
    internal virtual bool WaitsForCounts => false;

    /// <summary>The schedule of a round.</summary>
    internal UnmaskSchedule Schedule(int steps) => new(Math.Max(1, steps), Epsilon);

    /// <summary>Completes a group for a step.</summary>
    internal abstract UnmaskGroup Decide(in UnmaskGroup group, UnmaskSchedule schedule, int step, int masks);

    /// <summary>Completes a group that is ranked by the model's own probability.</summary>
    private protected static UnmaskGroup ByCertainty(
        in UnmaskGroup group, UnmaskRule rule, float threshold, int least) =>
        group with { Rule = rule, Confidence = ConfidenceKind.Certainty, Threshold = threshold, Count = least };
}

/// <summary>The schedule decides how many masks are revealed, the confidence decides which.</summary>
/// <param name="Confidence">The measure of certainty.</param>
public sealed record ScheduledUnmasking(ConfidenceKind Confidence = ConfidenceKind.NegativeEntropy) : UnmaskPolicy
{
    /// <inheritdoc/>
    internal override bool CountsAreKnown => Scope == UnmaskScope.Span;

    /// <inheritdoc/>
    internal override UnmaskGroup Decide(in UnmaskGroup group, UnmaskSchedule schedule, int step, int masks) =>
        group with
        {
            Rule = UnmaskRule.Scheduled,
            Confidence = Confidence,
            Count = schedule.Count(step, masks, Scope == UnmaskScope.Span ? 1 : 0),
        };
}

/// <summary>
/// Of the schedule's quota, only candidates that reach a probability are revealed, but always the best one. Rejected
/// candidates are tried again in later steps, so a round may take longer than its schedule. This is the authors'
/// threshold, for parity with their runs. In recorded runs of the released 7B model, at a threshold of 0.9, none of 177
/// rounds was shorter than its schedule. Together they took 2 % more steps at a ratio of 0.5, and 8 % more at 0.25.
/// <see cref="CertainUnmasking"/> is the rule that shortens rounds.
/// <para>The probability is that of the distribution that is drawn from: after temperature and filters.</para>
/// </summary>
/// <param name="Threshold">The probability that a candidate must reach.</param>
public sealed record ThresholdUnmasking(float Threshold = 0.9f) : UnmaskPolicy
{
    /// <inheritdoc/>
    internal override UnmaskGroup Decide(in UnmaskGroup group, UnmaskSchedule schedule, int step, int masks) =>
        group with
        {
            Rule = UnmaskRule.Threshold,
            Confidence = ConfidenceKind.Probability,
            Threshold = Threshold,
            StepsLeft = Math.Max(0, schedule.Steps - step),
            ResetCarry = step == 0,
        };
}

/// <summary>
/// Reveals every candidate that is certain: its probability in the model's own distribution, before temperature and
/// filters, reaches a threshold. It never reveals fewer than the schedule's count of the masks left. A round takes at
/// most its scheduled steps and ends when no mask is left.
/// </summary>
/// <param name="Threshold">The probability that a candidate must reach: above 0, at most 1.</param>
public sealed record CertainUnmasking(float Threshold = 0.9f) : UnmaskPolicy
{
    /// <inheritdoc/>
    internal override bool WaitsForCounts => true;

    /// <inheritdoc/>
    internal override UnmaskGroup Decide(in UnmaskGroup group, UnmaskSchedule schedule, int step, int masks) =>
        ByCertainty(group, UnmaskRule.Certain, Threshold, schedule.Count(step, masks, 1));
}

/// <summary>
/// As <see cref="CertainUnmasking"/>, with a bar that rises with the number of tokens that are revealed together. It
/// reveals the n most certain candidates, for the largest n with (n + 1)·(1 - c) below a factor, where c is the
/// certainty of the n-th. This is Fast-dLLM's factor rule (arXiv 2505.22618). If many tokens depend on each other, as
/// in dense spans and plain diffusion, it gives the same answers in fewer steps than a fixed threshold.
/// </summary>
/// <param name="Factor">Above 0. Larger factors reveal more.</param>
public sealed record FactorUnmasking(float Factor = 1) : UnmaskPolicy
{
    /// <inheritdoc/>
    internal override bool WaitsForCounts => true;

    /// <inheritdoc/>
    internal override UnmaskGroup Decide(in UnmaskGroup group, UnmaskSchedule schedule, int step, int masks) =>
        ByCertainty(group, UnmaskRule.Factor, Factor, schedule.Count(step, masks, 1));
}
