using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Device;

/// <summary>
/// The device of a result, and the CUDA version of its driver (12040 is 12.4). Times of a simulated device have no
/// meaning.
/// </summary>
internal sealed record DeviceReport(
    string Name, string Architecture, int DriverVersion, int Multiprocessors, long MemoryBytes, bool Simulated);

/// <summary>
/// The result of <c>pd-bench cuda</c>. The copy bandwidth, with reads and writes both counted, was measured in the same
/// run. <c>OverlapsKernels</c> applies to steps and replay. <c>ProductTable</c> names the table that chose the kernels
/// of products.
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
/// One measurement: the time of a call, its bytes and operations, both also as rates, and its share of the copy
/// bandwidth. <c>Detail</c> says what <c>Ratio</c> is.
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
