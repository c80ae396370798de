
namespace PlannedDiffusion.Cli.Shared.Reports;

/// <summary>The machine, the time and the build of a measurement.</summary>
internal sealed record OriginReport(
    DateTimeOffset Date, string Commit, string Processor, int Threads, string Simd, string System, string Runtime);

internal sealed record ModelReport(string Name, long Parameters, string Types, long WeightBytes);

/// <summary>The speed of the machine at that time: memory reads, and multiply-adds counted as two operations.</summary>
internal sealed record ProbeReport(double GigabytesPerSecond, double GigaflopsPerSecond);
