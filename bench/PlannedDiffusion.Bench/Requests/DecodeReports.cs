using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Requests;

/// <summary>
/// The result of <c>pd-bench decode</c>. The probes measure the CPU and its memory. They are null on a GPU, which
/// <c>pd-bench cuda</c> measures.
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

/// <summary>A prompt, decoded by both decoders in turn. Ratios are autoregressive over the other.</summary>
internal sealed record DecodeCaseReport(
    string Name, DecodeRunReport Decoded, DecodeRunReport Autoregressive, double PassRatio, double TimeRatio);

/// <summary>The runs of one decoder. The stages are those of the median run.</summary>
internal sealed record DecodeRunReport(
    int Generated,
    int Answer,
    int Passes,
    long Rows,
    double MedianSeconds,
    double P95Seconds,
    double MillisecondsPerPass,
    IReadOnlyDictionary<string, StageReport> Stages);

/// <summary>The sums over all prompts of passes and median times. Ratios are autoregressive over the other.</summary>
internal sealed record DecodeSummaryReport(
    double PassRatio, double TimeRatio, double MillisecondsPerPass, double AutoregressiveMillisecondsPerPass);
