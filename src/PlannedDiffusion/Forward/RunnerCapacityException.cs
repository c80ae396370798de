namespace PlannedDiffusion.Forward;

/// <summary>Something does not fit the runner, the machine or the device; the message names need and have.</summary>
public sealed class RunnerCapacityException(string message) : InvalidOperationException(message);
