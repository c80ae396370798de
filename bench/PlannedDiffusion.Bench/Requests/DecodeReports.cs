using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Requests;

/// <summary>
/// What <c>pd-bench decode</c> measures. The probes are of the CPU and its memory: none on a GPU, of which
/// <c>pd-bench cuda</c> knows more.
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
