using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding.Unmasking;

/// <summary>Which positions compete with each other for being revealed.</summary>
public enum UnmaskScope
{
    /// <summary>Those of a span: every span advances in every step.</summary>
    Span,

    /// <summary>Those of all spans of the round: a step may pass a span over.</summary>
    Round,
}

/// <summary>Decides how many and which masks a step reveals.</summary>
public abstract record UnmaskPolicy
{
    /// <summary>Which positions are ranked together.</summary>
    public UnmaskScope Scope { get; init; }

    /// <summary>Where the schedule's time ends; it starts at 1.</summary>
    public float Epsilon { get; init; } = 1e-3f;

    /// <summary>
    /// True if the host can tell how many tokens each span has left without reading them back, so that the steps of a
    /// round need not wait for each other.
    /// </summary>
    internal abstract bool CountsAreKnown { get; }

    /// <summary>
    /// True if the host waits for the counts of each step, even where it could ask for the next one before it knows
    /// them: rounds are so short that a surplus step costs more than waiting.
    /// </summary>
    internal virtual bool WaitsForCounts => false;

    /// <summary>The schedule of a round.</summary>
    internal UnmaskSchedule Schedule(int steps) => new(Math.Max(1, steps), Epsilon);

    /// <summary>Completes a group for a step, given the masks that its positions hold.</summary>
    internal abstract UnmaskGroup Decide(in UnmaskGroup group, UnmaskSchedule schedule, int step, int masks);
}

/// <summary>The schedule says how many are revealed, the confidence which.</summary>
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
/// The schedule's quota is revealed only as far as candidates reach a probability; the best always is. Candidates that
/// fall short are tried again, in further steps if need be, so a round may take longer than its schedule. This is the
/// authors' threshold, for parity with their runs. In recorded runs of the released 7B model, at a threshold of 0.9,
/// none of 177 rounds was shorter than its schedule; together they took 2 % more steps at a ratio of 0.5 and 8 % more
/// at 0.25. The rule that shortens rounds is <see cref="CertainUnmasking"/>.
/// <para>The probability is that of the distribution that is drawn from: after temperature and filters.</para>
/// </summary>
/// <param name="Threshold">The probability that a candidate must reach.</param>
public sealed record ThresholdUnmasking(float Threshold = 0.9f) : UnmaskPolicy
{
    /// <inheritdoc/>
    internal override bool CountsAreKnown => false;

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
/// All that is certain is revealed: every candidate whose probability in the model's own distribution, before
/// temperature and filters, reaches a threshold, and never fewer than the schedule asks for of the masks left by then.
/// A round takes at most its scheduled steps, and ends as soon as nothing is masked.
/// </summary>
/// <param name="Threshold">The probability that a candidate must reach: above 0, at most 1.</param>
public sealed record CertainUnmasking(float Threshold = 0.9f) : UnmaskPolicy
{
    /// <inheritdoc/>
    internal override bool CountsAreKnown => false;

    /// <inheritdoc/>
    internal override bool WaitsForCounts => true;

    /// <inheritdoc/>
    internal override UnmaskGroup Decide(in UnmaskGroup group, UnmaskSchedule schedule, int step, int masks) =>
        group with
        {
            Rule = UnmaskRule.Certain,
            Confidence = ConfidenceKind.Certainty,
            Threshold = Threshold,
            Count = schedule.Count(step, masks, 1),
        };
}

/// <summary>
/// As <see cref="CertainUnmasking"/>, by a bar that rises with what is revealed beside a token: the n most certain
/// candidates, for the largest n with (n + 1)·(1 - c) below a factor, where c is the certainty of the n-th. That is
/// Fast-dLLM's factor rule (arXiv 2505.22618). Where many tokens depend on each other, as in dense spans and in plain
/// diffusion, it gets the same answers in fewer steps than one threshold for all.
/// </summary>
/// <param name="Factor">Above 0; larger ones reveal more.</param>
public sealed record FactorUnmasking(float Factor = 1) : UnmaskPolicy
{
    /// <inheritdoc/>
    internal override bool CountsAreKnown => false;

    /// <inheritdoc/>
    internal override bool WaitsForCounts => true;

    /// <inheritdoc/>
    internal override UnmaskGroup Decide(in UnmaskGroup group, UnmaskSchedule schedule, int step, int masks) =>
        group with
        {
            Rule = UnmaskRule.Factor,
            Confidence = ConfidenceKind.Certainty,
            Threshold = Factor,
            Count = schedule.Count(step, masks, 1),
        };
}
