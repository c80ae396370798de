using System.Diagnostics;

namespace PlannedDiffusion.Forward;

/// <summary>
/// When the device ran the steps that a runner was asked for: not when they were handed over, nor when the host learned
/// of it. One caller at a time, the one of the runner.
/// </summary>
public interface IStepClock
{
    /// <summary>Steps so far; they are numbered from 0, in the order in which they were asked for.</summary>
    long Steps { get; }

    /// <summary>
    /// The time of a step; does not wait. It is known as soon as something that was asked for behind the step has been
    /// read, and for as many steps as the clock remembers. Steps follow one another and do not overlap.
    /// </summary>
    /// <returns>False if the step is not known to be over, was never run, or is forgotten.</returns>
    bool TryGetTime(long step, out StepTime time);
}

/// <summary>
/// When a step began and ended, as timestamps of the host's <see cref="Stopwatch"/>. What lies between is measured by
/// the device; where that lies on the host's clock is known as exactly as the two can be held together.
/// </summary>
public readonly record struct StepTime(long Begin, long End);
