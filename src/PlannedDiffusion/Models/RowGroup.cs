namespace PlannedDiffusion.Models;

/// <summary>Consecutive rows of one sequence that a step computes, all with the same visibility.</summary>
/// <param name="Sequence">Handle from <see cref="IModelRunner.OpenSequence"/>.</param>
/// <param name="Positions">The rows: their tokens are read from the sequence, their K/V is written.</param>
/// <param name="Visibility">What they attend to; keys of the same step are seen with their new values.</param>
public readonly record struct RowGroup(int Sequence, TokenRange Positions, AttentionRange Visibility);
