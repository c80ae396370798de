namespace PlannedDiffusion.Forward;

/// <summary>
/// Something does not fit the runner, the machine or the device. The message says what is needed and available.
/// </summary>
public sealed class RunnerCapacityException(string message) : InvalidOperationException(message);
