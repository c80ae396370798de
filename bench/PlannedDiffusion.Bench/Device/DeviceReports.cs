using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Device;

/// <summary>
/// The device of a result, and the CUDA version of its driver (12040 is 12.4). What a simulated one is measured to do
/// means nothing.
/// </summary>
internal sealed record DeviceReport(
    string Name, string Architecture, int DriverVersion, int Multiprocessors, long MemoryBytes, bool Simulated);

/// <summary>
/// What <c>pd-bench cuda</c> measures. The copy bandwidth, read and written bytes both counted, is of the same run. In
/// steps and replays kernels may overlap (<c>CudaRunnerOptions.OverlapKernels</c>). <c>ProductTable</c> says what chose
/// the products.
/// </summary>
internal sealed record DeviceBenchReport(
    string Kind,
    OriginReport Origin,
    DeviceReport Device,
    string Shape,
    int Repetitions,
    bool OverlapsKernels,
    string ProductTable,
    double CopyGigabytesPerSecond,
    IReadOnlyList<DeviceRowReport> Rows,
    IReadOnlyList<string> Errors);

/// <summary>
/// One measurement: the time of a call, the bytes that it has to move and what it has to compute, as rates, and the
/// bytes' share of the copy bandwidth. <c>Ratio</c> is what the <c>Detail</c> says.
/// </summary>
internal sealed record DeviceRowReport(
    string Group,
    string Name,
    int Rows,
    double MedianMicroseconds,
    double P95Microseconds,
    double Bytes,
    double Flops,
    double GigabytesPerSecond,
    double TeraflopsPerSecond,
    double ShareOfCopy,
    double? Ratio,
    string? Detail);
