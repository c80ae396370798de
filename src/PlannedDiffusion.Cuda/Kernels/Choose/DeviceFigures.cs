using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>
/// Rates of a device, from which <see cref="GemmTilings"/> estimates times. They come from the clocks and the memory
/// bus. The shares of the peaks were measured on an H200.
/// </summary>
/// <param name="Multiprocessors">Streaming multiprocessors.</param>
/// <param name="SharedBytes">The most bytes of shared memory of a block.</param>
/// <param name="Hertz">The clock of the multiprocessors.</param>
/// <param name="PeakMemoryRate">The peak bandwidth of the memory, bytes/s.</param>
internal readonly record struct DeviceFigures(
    int Multiprocessors, int SharedBytes, double Hertz, double PeakMemoryRate)
{
    private const double ShareOfMemoryPeak = 0.875;      // a copy: 4.24 of 4.9 TB/s
    private const double CacheBytesPerClock = 21;        // from the L2 to each of all multiprocessors
    private const double CacheBytesPerClockOfOne = 38;   // from the L2 to one multiprocessor alone
    private const double MultiplyFlopsPerClock = 1364;   // mma.sync on one multiprocessor: 2.7 TFLOP/s at 1.98 GHz
    private const double SecondsUnderWay = 1.05e-6;      // of loads in flight, to reach the memory rate

    // Those of an H200, for a device that does not report its own.
    private const double UnknownHertz = 1.98e9;
    private const double UnknownMemoryRateOfOne = 37e9;

    /// <summary>An H100 SXM.</summary>
    public static DeviceFigures H100 { get; } = new(132, 227 << 10, 1.98e9, MemoryPeak(2_619_000, 5120));

    /// <summary>An A100 with 80 GB.</summary>
    public static DeviceFigures A100 { get; } = new(108, 163 << 10, 1.41e9, MemoryPeak(1_593_000, 5120));

    /// <summary>Achieved memory bandwidth, bytes/s.</summary>
    public double MemoryRate => PeakMemoryRate * ShareOfMemoryPeak;

    /// <summary>Bytes/s from the L2 cache to all multiprocessors.</summary>
    public double CacheRate => CacheBytesPerClock * Hertz * Multiprocessors;

    /// <summary>Bytes/s from the L2 cache to one multiprocessor.</summary>
    public double CacheRateOfOne => CacheBytesPerClockOfOne * Hertz;

    /// <summary>flop/s of mma.sync on one multiprocessor.</summary>
    public double MultiplyRateOfOne => MultiplyFlopsPerClock * Hertz;

    /// <summary>Bytes of loads that must be in flight to reach the memory rate.</summary>
    public double BytesUnderWay => MemoryRate * SecondsUnderWay;

    /// <summary>The rates of a device, from what it reports.</summary>
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

    // Two transfers per clock.
    private static double MemoryPeak(double kilohertz, double busBits) => 2 * kilohertz * 1e3 * busBits / 8;
}
