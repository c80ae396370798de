using System.Diagnostics;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cuda.Steps;

/// <summary>
/// Lays what a device measured out on the host's clock. The device knows only how long it was between two marks, and
/// its clock runs a little faster or slower than the host's. So times are added up from mark to mark, from one moment
/// on that both know, and corrected by what cannot have been otherwise: no step began before it was queued, and none
/// ended after it was seen to be over. All moments are timestamps of <see cref="Stopwatch"/>.
/// </summary>
/// <param name="anchor">When the device passed the mark before the first step's.</param>
internal sealed class DeviceTimeline(long anchor)
{
    /// <summary>
    /// A pause of so many milliseconds says where the next step begins less exactly than its being queued does: the
    /// clocks drift by some hundredths of a millisecond in a second, and long times are measured coarsely.
    /// </summary>
    private const double LongPause = 1000;

    private static readonly double TicksPerMillisecond = Stopwatch.Frequency / 1e3;

    private double _now; // the device's clock at the last mark, in ticks since the anchor
    private long _end; // of the last step, likewise

    /// <summary>The time of the next step.</summary>
    /// <param name="pause">Milliseconds on the device from the last mark to the step's begin.</param>
    /// <param name="length">Milliseconds on the device from there to its end.</param>
    /// <param name="queued">When the host began to queue it.</param>
    /// <param name="over">When the host had seen that it was over.</param>
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
