namespace PlannedDiffusion.Bench.Device;

/// <summary>Time of one call.</summary>
internal readonly record struct DeviceTime(double MedianMicroseconds, double P95Microseconds)
{
    /// <summary>Makes it of the times of single runs, each divided by its calls. Sorts the array.</summary>
    public static DeviceTime Of(Span<double> microseconds)
    {
        microseconds.Sort();
        int last = (int)Math.Ceiling(0.95 * microseconds.Length) - 1;
        return new DeviceTime(microseconds[microseconds.Length / 2], microseconds[last]);
    }
}
