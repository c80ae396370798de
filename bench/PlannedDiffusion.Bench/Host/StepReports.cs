using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Host;

/// <summary>What <c>pd-bench step</c> measures.</summary>
internal sealed record StepBenchReport(
    string Kind, OriginReport Origin, ModelReport Model, IReadOnlyList<StepReport> Steps);

/// <summary>
/// A step; <c>Stage</c> is autoregressive, denoise or prefill, <c>ShareOfLimits</c> the larger of its shares of probed
/// bandwidth and multiply-adds.
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
