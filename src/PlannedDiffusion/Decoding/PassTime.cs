namespace PlannedDiffusion.Decoding;

/// <summary>
/// When a pass was under way. <see cref="Host"/>, <see cref="Waiting"/> and <see cref="Duration"/> of all passes follow
/// one another without a gap: from the end of the pass before (at first, from when the request was let in) until this
/// pass was ready; until it was handed to the runner; until it was computed.
/// <para>
/// On a runner that does not run ahead, a pass is computed when <c>Forward</c> returns. On one that does, it counts as
/// computed when something that it decided was first read, and as begun when it was handed over or when the pass before
/// it was computed, whichever came later: host time is then the time in which the device had nothing to do for this
/// request. Passes that become known together (the steps of a fixed schedule) share their time equally; the time of a
/// surplus pass falls to the next one.
/// </para>
/// </summary>
/// <param name="Start">When it began, since the request was submitted.</param>
/// <param name="Duration">From then until it was computed, other requests' rows in the same step included.</param>
/// <param name="Host">Before it, the host's work: reading tokens, deciding what comes next, telling listeners.</param>
/// <param name="Waiting">Before it, time in which it was ready and others were computed.</param>
public readonly record struct PassTime(TimeSpan Start, TimeSpan Duration, TimeSpan Host, TimeSpan Waiting);
