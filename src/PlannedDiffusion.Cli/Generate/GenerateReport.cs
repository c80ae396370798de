using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Cli.Generate;

/// <summary>What <c>pd generate --json</c> prints; <c>Device</c> is cpu or cuda, and more about it.</summary>
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

/// <summary>A second, autoregressive run of the same prompt, and the times against each other.</summary>
internal sealed record ComparisonReport(
    string Text, UsageReport Usage, PathReport CriticalPath, double TimeRatio, double PassRatio);
