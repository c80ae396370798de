namespace PlannedDiffusion.Diagnostics;

/// <summary>
/// The speed of the device in a probe. It is measured in the same run as the steps that it is compared with, because
/// memory bandwidth can double or halve within a second.
/// </summary>
/// <param name="Threads">The number of threads.</param>
/// <param name="GigabytesPerSecond">Speed of reading a buffer much larger than the caches.</param>
/// <param name="GigaflopsPerSecond">Speed of f32 multiply-adds in registers, each counted as two operations.</param>
public readonly record struct MachineLimits(int Threads, double GigabytesPerSecond, double GigaflopsPerSecond);
