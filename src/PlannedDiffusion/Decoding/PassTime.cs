namespace PlannedDiffusion.Decoding;

/// <summary>
/// The time of a pass. <see cref="Host"/>, <see cref="Waiting"/> and <see cref="Duration"/> of all passes follow each
/// other without a gap. They begin at the admission of the request and end with the last pass.
/// <para>
/// By the host's clock, the times begin at the end of the previous pass: <see cref="Host"/> lasts until this pass was
/// ready, <see cref="Waiting"/> until it was handed to the runner, <see cref="Duration"/> until it was computed. On a
/// runner that does not run ahead, a pass is computed when <c>Forward</c> returns. On one that does, a pass counts as
/// computed when something that it decided is first read. It begins when it is handed over or when the previous pass is
/// computed, whichever is later. Passes that become known together (the steps of a fixed schedule) share their time
/// equally. The time of a surplus pass counts for the next one.
/// </para>
/// <para>
/// If the device measures the pass (<see cref="OnDevice"/>), <see cref="Duration"/> is the time of its step on the
/// device, so that each step of a schedule has its own time. <see cref="Waiting"/> is the time in which the pass was
/// ready and the device was busy with other requests or with a surplus pass of this one. <see cref="Host"/> is the rest
/// between two passes, in which the device had no work for this request: the host's work, and the transfers to the
/// device and back. A pass whose results nobody reads ends with the request, by the host's clock.
/// </para>
/// </summary>
/// <param name="Start">Its start, since the request was submitted.</param>
/// <param name="Duration">From its start until it was computed, with other requests' rows in the same step.</param>
/// <param name="Host">Before it, the host's work: reading tokens, choosing the next step, notifying listeners.</param>
/// <param name="Waiting">Before it, the time in which it was ready and others were computed.</param>
/// <param name="OnDevice">True if start and end were measured on the device.</param>
public readonly record struct PassTime(
    TimeSpan Start, TimeSpan Duration, TimeSpan Host, TimeSpan Waiting, bool OnDevice = false);
