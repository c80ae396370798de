
namespace PlannedDiffusion.Cli.Shared.Reports;

/// <summary>Where and when a result was measured, and with which build.</summary>
internal sealed record OriginReport(
    DateTimeOffset Date, string Commit, string Processor, int Threads, string Simd, string System, string Runtime);

internal sealed record ModelReport(string Name, long Parameters, string Types, long WeightBytes);

/// <summary>What the machine did just then: reading memory, and multiply-adds counted as two.</summary>
internal sealed record ProbeReport(double GigabytesPerSecond, double GigaflopsPerSecond);
