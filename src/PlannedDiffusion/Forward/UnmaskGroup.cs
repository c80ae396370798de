using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Forward;

/// <summary>How the positions to reveal are chosen among the candidates of a group.</summary>
public enum UnmaskRule
{
    /// <summary>Every position of the group takes its candidate, masked or not: autoregressive sampling.</summary>
    All,

    /// <summary>The <see cref="UnmaskGroup.Count"/> most confident masked positions.</summary>
    Scheduled,

    /// <summary>
    /// The most confident masked position, and each of the next ones within the quota whose confidence reaches
    /// <see cref="UnmaskGroup.Threshold"/>; rejected candidates are carried over to the group's next step.
    /// </summary>
    Threshold,

    /// <summary>
    /// Every masked position whose confidence reaches <see cref="UnmaskGroup.Threshold"/>, and never fewer than the
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

/// <summary>What "certain" means for a candidate token.</summary>
public enum ConfidenceKind
{
    /// <summary>Probability of the candidate.</summary>
    Probability,

    /// <summary>Largest minus second largest probability.</summary>
    Margin,

    /// <summary>Negative entropy of the filtered distribution: Σ p·ln(p + 1e-10).</summary>
    NegativeEntropy,

    /// <summary>
    /// Probability of the candidate in the model's own distribution: before temperature and filters, the mask token's
    /// share included.
    /// </summary>
    Certainty,
}

/// <summary>
/// Positions of one sequence that are ranked together after the forward pass. The token at position p is predicted by
/// row p - 1, which must be computed by the same step (or p - 1's logits do not exist and the step is refused).
/// Under all rules but <see cref="UnmaskRule.All"/> only positions that hold the mask token are candidates; the mask
/// token itself is never a candidate's token.
/// </summary>
public readonly record struct UnmaskGroup
{
    /// <summary>
    /// What a position holds once a step could not decide it: the logits that predict it are broken, that is, one of
    /// them is NaN or +infinity, or none but the mask token's is above the most negative finite number (-infinity
    /// alone is legal). The position is no candidate any more, whoever reads tokens finds this one, and a row that
    /// computes it computes something, so that a step that was asked for ahead does no harm. Other sequences of the
    /// step are as if this one were not there.
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

    /// <summary>The measure by which candidates are ranked.</summary>
    public ConfidenceKind Confidence { get; init; }

    /// <summary>
    /// Part of the random counter, with the position: 0 for autoregressive sampling, 1 + i for step i of a round.
    /// </summary>
    public int RandomStep { get; init; }

    /// <summary>
    /// Scheduled: how many to reveal; Certain and Factor: at least how many (clamped to the masks left; 0 is allowed).
    /// </summary>
    public int Count { get; init; }

    /// <summary>Threshold: nominal steps left in the round including this one; 0 once they are used up.</summary>
    public int StepsLeft { get; init; }

    /// <summary>
    /// Threshold: the confidence a further candidate must reach; Certain: that of any candidate; Factor: the factor.
    /// </summary>
    public float Threshold { get; init; }

    /// <summary>
    /// Threshold, Certain and Factor: which of the sequence's groups this is, 0 ≤ index &lt;
    /// <see cref="RunnerLimits.MaxGroupsPerSequence"/>. By it the runner keeps the masks left
    /// (<see cref="IModelRunner.BeginReadMasksLeft"/>), and the candidates that Threshold carries over.
    /// </summary>
    public int GroupIndex { get; init; }

    /// <summary>Threshold: true in the first step of a round, when the carry counter starts at zero.</summary>
    public bool ResetCarry { get; init; }

    /// <summary>
    /// True if positions whose predicting row is not in the step are passed over instead of refused: a group over a
    /// whole round leaves out the spans that are finished and no longer computed. Not for <see cref="UnmaskRule.All"/>.
    /// </summary>
    public bool SkipUncomputed { get; init; }
}
