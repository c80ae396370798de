using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Cli.Profile;

/// <summary>
/// The result of <c>pd profile</c>. All times are in seconds. docs/measuring.md defines each field.
/// </summary>
internal sealed record ProfileReport(
    string Kind,
    OriginReport Origin,
    string Device,
    bool RunsAhead,
    string Clock,
    ModelReport Model,
    double StepsRatio,
    int Repetitions,
    ProbeReport? Before,
    ProbeReport? After,
    IReadOnlyList<ProfiledRequestReport> Requests,
    IReadOnlyList<ProfiledDecoderReport> Total);

/// <summary>A request with a run for each way of decoding, the autoregressive one first.</summary>
internal sealed record ProfiledRequestReport(string Name, int PromptTokens, IReadOnlyList<ProfiledRunReport> Runs);

/// <summary>One way of decoding over all requests, as if it had been one long request.</summary>
internal sealed record ProfiledDecoderReport(
    string Decoder, PolicyReport? Policy, string Drafts, ProfiledPathReport Path, ProfiledAccountReport Account);

/// <summary>One way of decoding a request: the run whose time is the median of all repetitions.</summary>
internal sealed record ProfiledRunReport(
    string Decoder,
    ProfiledPathReport Path,
    ProfiledAccountReport Account,
    int SurplusPasses,
    IReadOnlyList<ProfiledRoundReport> Rounds,
    PassColumns Passes);

/// <summary>
/// The critical path. Stage times are those of the passes alone; host and idle time lie between passes.
/// </summary>
internal sealed record ProfiledPathReport(
    int Tokens,
    int Passes,
    long Rows,
    int Drafted,
    int Kept,
    double RowsPerPass,
    double TokensPerPass,
    double Seconds,
    IReadOnlyDictionary<string, StageReport> Stages,
    double HostSeconds,
    double IdleSeconds);

/// <summary>The comparison with autoregressive decoding of as many tokens; see <c>CriticalPathAccount</c>.</summary>
internal sealed record ProfiledAccountReport(
    int AutoregressivePasses,
    double AutoregressiveSeconds,
    double AutoregressiveStepSeconds,
    double StepCost,
    double IdealSpeedup,
    double AchievedSpeedup,
    double IdealSeconds,
    double GapSeconds,
    GapReport Gap);

/// <summary>The causes of the gap, in seconds. Their sum is the gap.</summary>
internal sealed record GapReport(double HeavierSteps, double Planning, double Prefill, double Host, double Idle);

/// <summary>The denoise steps of a round, or of the whole answer if the decoder has no rounds.</summary>
internal sealed record ProfiledRoundReport(
    int Steps, long Rows, double Start, double Seconds, IReadOnlyList<ProfiledSpanReport> Spans);

/// <summary>A span: from the first denoise step of its round to the end of the step that completed it.</summary>
internal sealed record ProfiledSpanReport(
    string Topic, int Length, int CompletedAtStep, double Start, double Seconds);

/// <summary>
/// All passes, with a column for each property. <c>Start</c> counts from the submission of the request. <c>Clock</c>
/// names the clock of the times.
/// </summary>
internal sealed record PassColumns(
    IReadOnlyList<string> Stage,
    IReadOnlyList<int> Rows,
    IReadOnlyList<int> Drafted,
    IReadOnlyList<int> Kept,
    IReadOnlyList<double> Start,
    IReadOnlyList<double> Seconds,
    IReadOnlyList<double> Host,
    IReadOnlyList<double> Idle,
    IReadOnlyList<string> Clock);
