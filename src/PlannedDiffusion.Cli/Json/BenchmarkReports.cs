namespace PlannedDiffusion.Cli.Json;

/// <summary>Where and when a result was measured, and with which build.</summary>
internal sealed record OriginReport(
    DateTimeOffset Date, string Commit, string Processor, int Threads, string Simd, string System, string Runtime);

internal sealed record ModelReport(string Name, long Parameters, string Types, long WeightBytes);

/// <summary>What the machine did just then: reading memory, and multiply-adds counted as two.</summary>
internal sealed record ProbeReport(double GigabytesPerSecond, double GigaflopsPerSecond);

/// <summary>What <c>pd bench step</c> measures.</summary>
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

/// <summary>
/// What <c>pd bench decode</c> measures. The probes are of the CPU and its memory: none on a GPU, of which
/// <c>pd bench cuda</c> knows more.
/// </summary>
internal sealed record DecodeBenchReport(
    string Kind,
    OriginReport Origin,
    string Device,
    ModelReport Model,
    string Decoder,
    PolicyReport? Policy,
    string Drafts,
    double StepsRatio,
    int Repetitions,
    ProbeReport? Before,
    ProbeReport? After,
    IReadOnlyList<DecodeCaseReport> Cases,
    DecodeSummaryReport Summary);

/// <summary>A prompt, decoded both ways in turn.</summary>
internal sealed record DecodeCaseReport(
    string Name, DecodeRunReport Decoded, DecodeRunReport Autoregressive, double PassRatio, double TimeRatio);

/// <summary>One way of decoding; the stages are those of the median run.</summary>
internal sealed record DecodeRunReport(
    int Generated,
    int Answer,
    int Passes,
    long Rows,
    double MedianSeconds,
    double P95Seconds,
    double MillisecondsPerPass,
    IReadOnlyDictionary<string, StageReport> Stages);

/// <summary>All prompts together: sums of passes and of median times, autoregressive over the other.</summary>
internal sealed record DecodeSummaryReport(
    double PassRatio, double TimeRatio, double MillisecondsPerPass, double AutoregressiveMillisecondsPerPass);
