namespace PlannedDiffusion.Models;

/// <summary>The progress of a runner that brings a checkpoint into its own layout.</summary>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">All bytes.</param>
public readonly record struct LoadProgress(long Done, long Total);
