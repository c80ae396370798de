using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Host;

/// <summary>The result of <c>pd-bench step</c>.</summary>
internal sealed record StepBenchReport(
    string Kind, OriginReport Origin, ModelReport Model, IReadOnlyList<StepReport> Steps);

/// <summary>
/// A step. <c>Stage</c> is autoregressive, denoise or prefill. <c>ShareOfLimits</c> is the larger of its shares of
/// probed bandwidth and of probed multiply-adds.
/// </summary>
internal sealed record StepReport(
    string Stage,
    int Rows,
    int Cached,
    int Repetitions,
    double MedianMilliseconds,
    double P95Milliseconds,
    double GigabytesPerSecond,
    double GigaflopsPerSecond,
    double ShareOfLimits,
    double AllocatedBytesPerStep,
    ProbeReport Before,
    ProbeReport After);
