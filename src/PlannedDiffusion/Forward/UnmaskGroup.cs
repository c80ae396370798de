using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Forward;

/// <summary>The rule that chooses the positions to reveal among the candidates of a group.</summary>
public enum UnmaskRule
{
    /// <summary>
    /// Every position of the group takes its candidate, masked or not. This is autoregressive sampling.
    /// </summary>
    All,

    /// <summary>The <see cref="UnmaskGroup.Count"/> most confident masked positions.</summary>
    Scheduled,

    /// <summary>
    /// The most confident masked position, and of the next ones within the quota those whose confidence reaches
    /// <see cref="UnmaskGroup.Threshold"/>. Rejected candidates raise the quota of the group's next step.
    /// </summary>
    Threshold,

    /// <summary>
    /// Every masked position whose confidence reaches <see cref="UnmaskGroup.Threshold"/>, but at least the
    /// <see cref="UnmaskGroup.Count"/> most confident ones.
    /// </summary>
    Certain,

    /// <summary>
    /// The n most confident masked positions, for the largest n with (n + 1)·(1 - c) &lt;
    /// <see cref="UnmaskGroup.Threshold"/>, where c is the confidence of the n-th; never fewer than
    /// <see cref="UnmaskGroup.Count"/>.
    /// </summary>
    Factor,
}

/// <summary>The measure of a candidate token's confidence.</summary>
public enum ConfidenceKind
{
    /// <summary>Probability of the candidate.</summary>
    Probability,

    /// <summary>Largest minus second largest probability.</summary>
    Margin,

    /// <summary>Negative entropy of the filtered distribution: Σ p·ln(p + 1e-10).</summary>
    NegativeEntropy,

    /// <summary>
    /// Probability of the candidate in the model's own distribution, before temperature and filters and with the mask
    /// token's share.
    /// </summary>
    Certainty,
}

/// <summary>
/// Positions of one sequence that are ranked together after the forward pass. Row p - 1 predicts the token at position
/// p. The same step must compute this row, or the step is refused. Except under <see cref="UnmaskRule.All"/>, only
/// positions that hold the mask token are candidates. The mask token itself is never a candidate's token.
/// </summary>
public readonly record struct UnmaskGroup
{
    /// <summary>
    /// The token of a position that a step could not decide, because the logits that predict it are broken: one is NaN
    /// or +infinity, or only the mask token's is above the most negative finite number (-infinity alone is legal). The
    /// position is no longer a candidate, and reads return this token. A row may still compute it, with an arbitrary
    /// result, so that a step that runs ahead does no harm. Other sequences of the step are not affected.
    /// </summary>
    public const int BrokenToken = -2;

    /// <summary>Handle of the sequence.</summary>
    public required int Sequence { get; init; }

    /// <summary>The positions to decide.</summary>
    public required TokenRange Positions { get; init; }

    /// <summary>Filters, temperature and seed.</summary>
    public required SamplingParams Sampling { get; init; }

    /// <summary>The rule that picks what is revealed.</summary>
    public required UnmaskRule Rule { get; init; }

    /// <summary>The measure that ranks candidates.</summary>
    public ConfidenceKind Confidence { get; init; }

    /// <summary>
    /// With the position, the counter of the random number: 0 for autoregressive sampling, 1 + i for step i of a round.
    /// </summary>
    public int RandomStep { get; init; }

    /// <summary>
    /// Scheduled: how many to reveal; Certain and Factor: at least how many (clamped to the masks left; 0 is allowed).
    /// </summary>
    public int Count { get; init; }

    /// <summary>Threshold: nominal steps left in the round, with this one; 0 once they are used up.</summary>
    public int StepsLeft { get; init; }

    /// <summary>
    /// Threshold: the confidence that a further candidate must reach; Certain: that any candidate must reach; Factor:
    /// the factor.
    /// </summary>
    public float Threshold { get; init; }

    /// <summary>
    /// Threshold, Certain and Factor: which of the sequence's groups this is, 0 ≤ index &lt;
    /// <see cref="RunnerLimits.MaxGroupsPerSequence"/>. The runner keeps for it the masks left
    /// (<see cref="IModelRunner.BeginReadMasksLeft"/>) and the quota that Threshold carries over.
    /// </summary>
    public int GroupIndex { get; init; }

    /// <summary>Threshold: true in the first step of a round, when the carry counter starts at zero.</summary>
    public bool ResetCarry { get; init; }

    /// <summary>
    /// True if positions whose predicting row is not in the step are skipped instead of refused. So a group over a
    /// whole round skips spans that are finished and no longer computed. Not for <see cref="UnmaskRule.All"/>.
    /// </summary>
    public bool SkipUncomputed { get; init; }
}
