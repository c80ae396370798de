using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Cli.Generate;

/// <summary>
/// The output of <c>pd generate --json</c>. <c>Device</c> begins with cpu or cuda; details may follow.
/// </summary>
internal sealed record GenerateReport(
    string Model,
    string Device,
    string Decoder,
    PolicyReport? Policy,
    string Drafts,
    string Text,
    string PublishedText,
    string RawText,
    IReadOnlyList<int> Tokens,
    IReadOnlyList<string> Finish,
    IReadOnlyList<RoundReport> Rounds,
    UsageReport Usage,
    PathReport CriticalPath,
    ComparisonReport? Autoregressive);

/// <summary>
/// A second, autoregressive run of the same prompt. The ratios are its time and passes over those of the first run.
/// </summary>
internal sealed record ComparisonReport(
    string Text, UsageReport Usage, PathReport CriticalPath, double TimeRatio, double PassRatio);
