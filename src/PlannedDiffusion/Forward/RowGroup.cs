namespace PlannedDiffusion.Forward;

/// <summary>Consecutive rows of one sequence that a step computes, all with the same visibility.</summary>
/// <param name="Sequence">Handle from <see cref="IModelRunner.OpenSequence"/>.</param>
/// <param name="Positions">The rows: their tokens are read from the sequence, their K/V is written.</param>
/// <param name="Visibility">What they attend to; keys of the same step are seen with their new values.</param>
/// <param name="WriteOnlyIfMasked">
/// True if keys and values are written only if one of the positions holds the mask token when the step begins; else
/// they stay as they are, and the rows' logits mean nothing (a runner may leave the rows out). So a caller that does
/// not yet know whether a span is finished may ask for it, and what a finished span left behind survives.
/// </param>
public readonly record struct RowGroup(
    int Sequence, TokenRange Positions, AttentionRange Visibility, bool WriteOnlyIfMasked = false);
