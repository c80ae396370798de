using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>
/// The figures of a device that <see cref="GemmTiling"/> estimates times with: from its clocks and its memory bus, at
/// the shares of them that an H200 was measured to reach.
/// </summary>
/// <param name="Multiprocessors">Streaming multiprocessors.</param>
/// <param name="SharedBytes">Shared memory that a block may have.</param>
/// <param name="Hertz">Clock of the multiprocessors.</param>
/// <param name="PeakMemoryRate">What the memory could move at its clock, bytes/s.</param>
internal readonly record struct DeviceFigures(
    int Multiprocessors, int SharedBytes, double Hertz, double PeakMemoryRate)
{
    private const double ShareOfMemoryPeak = 0.875;      // a copy: 4.24 of 4.9 TB/s
    private const double CacheBytesPerClock = 21;        // out of the L2, for each of all multiprocessors
    private const double CacheBytesPerClockOfOne = 38;   // out of the L2 into a single one
    private const double MultiplyFlopsPerClock = 1364;   // mma.sync on one: 2.7 TFLOP/s at 1.98 GHz
    private const double SecondsUnderWay = 1.05e-6;      // of weights, to reach the memory rate

    // Of an H200, for a device that does not tell its own.
    private const double UnknownHertz = 1.98e9;
    private const double UnknownMemoryRateOfOne = 37e9;

    /// <summary>The H100 SXM's.</summary>
    public static DeviceFigures H100 { get; } = new(132, 227 << 10, 1.98e9, MemoryPeak(2_619_000, 5120));

    /// <summary>The A100's with 80 GB.</summary>
    public static DeviceFigures A100 { get; } = new(108, 163 << 10, 1.41e9, MemoryPeak(1_593_000, 5120));

    /// <summary>Bytes/s of a copy.</summary>
    public double MemoryRate => PeakMemoryRate * ShareOfMemoryPeak;

    /// <summary>Bytes/s out of the L2, all multiprocessors.</summary>
    public double CacheRate => CacheBytesPerClock * Hertz * Multiprocessors;

    /// <summary>Bytes/s into one multiprocessor.</summary>
    public double CacheRateOfOne => CacheBytesPerClockOfOne * Hertz;

    /// <summary>flop/s of mma.sync on one multiprocessor.</summary>
    public double MultiplyRateOfOne => MultiplyFlopsPerClock * Hertz;

    /// <summary>Weights that must be on their way to reach the memory rate.</summary>
    public double BytesUnderWay => MemoryRate * SecondsUnderWay;

    /// <summary>What a device says of itself.</summary>
    public static DeviceFigures Of(CudaDevice device)
    {
        double hertz = device.ClockKilohertz * 1e3;
        double memory = MemoryPeak(device.MemoryClockKilohertz, device.MemoryBusBits);
        return new DeviceFigures(
            device.Multiprocessors,
            device.MaxSharedBytesPerBlock,
            hertz > 0 ? hertz : UnknownHertz,
            memory > 0 ? memory : UnknownMemoryRateOfOne * device.Multiprocessors);
    }

    // Twice in a clock.
    private static double MemoryPeak(double kilohertz, double busBits) => 2 * kilohertz * 1e3 * busBits / 8;
}
