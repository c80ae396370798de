namespace PlannedDiffusion.Decoding;

/// <summary>
/// When a pass was under way. <see cref="Host"/>, <see cref="Waiting"/> and <see cref="Duration"/> of all passes follow
/// one another without a gap, from when the request was let in, and add up to the end of the last pass.
/// <para>
/// By the host's clock, each begins where the pass before ended: <see cref="Host"/> until this pass was ready,
/// <see cref="Waiting"/> until it was handed to the runner, <see cref="Duration"/> until it was computed. On a runner
/// that does not run ahead, that is when <c>Forward</c> returns. On one that does, a pass counts as computed when
/// something that it decided was first read, and as begun when it was handed over or when the pass before it was
/// computed, whichever came later. Passes that become known together (the steps of a fixed schedule) share their time
/// equally; the time of a surplus pass falls to the next one.
/// </para>
/// <para>
/// Where the runner's device tells when it ran the pass (<see cref="OnDevice"/>), <see cref="Duration"/> is from then
/// until it was done, so that each step of a schedule has its own time; <see cref="Waiting"/> is how long, while the
/// pass was ready, the device was busy with something else: steps of other requests, or a surplus pass of this one; and
/// <see cref="Host"/> is all else between two passes, in which the device had nothing of this request to do: the host's
/// work, and the ways to the device and back. A pass that is not over when the request is (nothing of it was wanted)
/// ends with the request, by the host's clock.
/// </para>
/// </summary>
/// <param name="Start">When it began, since the request was submitted.</param>
/// <param name="Duration">From then until it was computed, other requests' rows in the same step included.</param>
/// <param name="Host">Before it, the host's work: reading tokens, deciding what comes next, telling listeners.</param>
/// <param name="Waiting">Before it, time in which it was ready and others were computed.</param>
/// <param name="OnDevice">True if begin and end were measured on the device.</param>
public readonly record struct PassTime(
    TimeSpan Start, TimeSpan Duration, TimeSpan Host, TimeSpan Waiting, bool OnDevice = false);
