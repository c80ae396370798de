using System.Diagnostics;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// Converts times of a device to the host's clock. The device reports only the time between two events, and its clock
/// runs slightly faster or slower than the host's. So times are added from event to event, starting at an anchor that
/// both clocks know. Two facts correct the sum: no step begins before it is queued, and none ends after the host saw
/// its end. All moments are timestamps of <see cref="Stopwatch"/>.
/// </summary>
/// <param name="anchor">When the device passed the event before the first step.</param>
internal sealed class DeviceTimeline(long anchor)
{
    /// <summary>
    /// After a pause of this many milliseconds, the moment at which a step was queued is more exact than the sum. The
    /// clocks drift by some hundredths of a millisecond per second, and long times have a coarse resolution.
    /// </summary>
    private const double LongPause = 1000;

    private static readonly double TicksPerMillisecond = Stopwatch.Frequency / 1e3;

    private double _now; // the device's clock at the last event, in ticks since the anchor
    private long _end; // the end of the last step, in ticks since the anchor

    /// <summary>The time of the next step.</summary>
    /// <param name="pause">Milliseconds on the device from the last event to the begin of the step.</param>
    /// <param name="length">Milliseconds on the device from the begin of the step to its end.</param>
    /// <param name="queued">When the host began to queue the step.</param>
    /// <param name="over">When the host saw that the step had ended.</param>
    public StepTime Next(double pause, double length, long queued, long over)
    {
        double earliest = queued - anchor, latest = over - anchor - Ticks(length);
        double begin = _now + Ticks(pause);
        if (pause > LongPause) begin = earliest;
        begin = Math.Max(earliest, Math.Min(begin, latest));
        _now = begin + Ticks(length);
        long first = Math.Max(_end, (long)Math.Round(begin));
        _end = Math.Max(first, (long)Math.Round(_now));
        return new StepTime(anchor + first, anchor + _end);
    }

    private static double Ticks(double milliseconds) => Math.Max(0, milliseconds) * TicksPerMillisecond;
}
