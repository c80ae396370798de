namespace PlannedDiffusion.Forward;

/// <summary>Consecutive rows of one sequence that a step computes, all with the same visibility.</summary>
/// <param name="Sequence">Handle from <see cref="IModelRunner.OpenSequence"/>.</param>
/// <param name="Positions">The rows. Their tokens are read from the sequence; their K/V is written.</param>
/// <param name="Visibility">
/// The positions that they attend to. Keys of the same step are seen with their new values.
/// </param>
/// <param name="WriteOnlyIfMasked">
/// True if keys and values are written only while one of the positions holds the mask token at the start of the step.
/// Otherwise they stay unchanged, the rows' logits have no meaning, and a runner may skip the rows. So a caller can
/// submit a span before it knows whether the span is finished: the K/V of a finished span are kept.
/// </param>
public readonly record struct RowGroup(
    int Sequence, TokenRange Positions, AttentionRange Visibility, bool WriteOnlyIfMasked = false);
