namespace PlannedDiffusion.Diagnostics;

/// <summary>
/// What the device did in a probe, in the same run as the steps it is compared with: memory bandwidth can double or
/// halve from one second to the next, and a time without it says nothing.
/// </summary>
/// <param name="Threads">Threads that took part.</param>
/// <param name="GigabytesPerSecond">Reading a buffer much larger than the caches.</param>
/// <param name="GigaflopsPerSecond">f32 multiply-adds in registers, counted as two each.</param>
public readonly record struct MachineLimits(int Threads, double GigabytesPerSecond, double GigaflopsPerSecond);
