using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Cli.Profile;

/// <summary>
/// What <c>pd profile</c> measures; all times are seconds. bench/README.md says what each field means.
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

/// <summary>A request, with a run for each way of decoding; the autoregressive one first.</summary>
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
/// A chain of passes; stage times are those of the passes alone, host and idle time lie between them.
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

/// <summary>The chain against an autoregressive one of as many tokens; see <c>CriticalPathAccount</c>.</summary>
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

/// <summary>The causes of a gap in seconds; they add up to it.</summary>
internal sealed record GapReport(double HeavierSteps, double Planning, double Prefill, double Host, double Idle);

/// <summary>The denoise steps of a round; without rounds, of the whole answer.</summary>
internal sealed record ProfiledRoundReport(
    int Steps, long Rows, double Start, double Seconds, IReadOnlyList<ProfiledSpanReport> Spans);

/// <summary>A span from where its round begins to denoise to the end of the step that completed it.</summary>
internal sealed record ProfiledSpanReport(
    string Topic, int Length, int CompletedAtStep, double Start, double Seconds);

/// <summary>
/// All passes, a column for each of their properties; start is since the request was submitted, and clock says whose
/// begin and end those are.
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
