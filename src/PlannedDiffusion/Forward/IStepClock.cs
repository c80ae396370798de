using System.Diagnostics;

namespace PlannedDiffusion.Forward;

/// <summary>
/// The times at which the device ran steps, not the times at which the host submitted them or learned of their end.
/// Only the runner's caller may use it.
/// </summary>
public interface IStepClock
{
    /// <summary>Number of steps so far. Steps are numbered from 0, in the order of their submission.</summary>
    long Steps { get; }

    /// <summary>
    /// The time of a step; does not wait. It is known once a read that was requested after the step has ended, until
    /// the clock forgets the step. Steps do not overlap.
    /// </summary>
    /// <returns>False if the step is not known to have ended, was never run, or is forgotten.</returns>
    bool TryGetTime(long step, out StepTime time);
}

/// <summary>
/// The start and end of a step, as timestamps of the host's <see cref="Stopwatch"/>. The device measures the duration.
/// The position on the host's clock is as exact as the alignment of both clocks.
/// </summary>
public readonly record struct StepTime(long Begin, long End);
