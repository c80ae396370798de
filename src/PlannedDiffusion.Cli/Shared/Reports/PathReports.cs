namespace PlannedDiffusion.Cli.Shared.Reports;

internal sealed record RoundReport(int PlannedSteps, int Steps, IReadOnlyList<SpanReport> Spans);

internal sealed record SpanReport(string Topic, int Length, int CompletedAtStep, string Text);

/// <summary>Tokens by use. <c>Answer</c> counts the text alone, without plans, tags and padding.</summary>
internal sealed record UsageReport(int Prompt, int Plan, int Spans, int Text, int Generated, int Answer);

/// <summary>
/// The passes that followed one another, by stage. <c>AutoregressivePasses</c> is the number that autoregressive
/// decoding takes for the same text.
/// </summary>
internal sealed record PathReport(
    int Passes,
    int AutoregressivePasses,
    long Rows,
    double AnswerTokensPerPass,
    double Seconds,
    IReadOnlyDictionary<string, StageReport> Stages);

/// <summary>
/// The passes of a stage. <c>Drafted</c> is the number of rows with drafted tokens. <c>Kept</c> of these tokens saved a
/// pass each; the others were rejected.
/// </summary>
internal sealed record StageReport(int Passes, long Rows, double Seconds, int Drafted, int Kept);
