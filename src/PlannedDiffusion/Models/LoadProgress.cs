namespace PlannedDiffusion.Models;

/// <summary>How much of a checkpoint a runner has brought into its own layout.</summary>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes in all.</param>
public readonly record struct LoadProgress(long Done, long Total);
