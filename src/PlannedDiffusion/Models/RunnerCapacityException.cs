namespace PlannedDiffusion.Models;

/// <summary>A sequence does not fit the runner; the message names need and have.</summary>
public sealed class RunnerCapacityException(string message) : InvalidOperationException(message);
