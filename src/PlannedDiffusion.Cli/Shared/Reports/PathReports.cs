namespace PlannedDiffusion.Cli.Shared.Reports;

internal sealed record RoundReport(int PlannedSteps, int Steps, IReadOnlyList<SpanReport> Spans);

internal sealed record SpanReport(string Topic, int Length, int CompletedAtStep, string Text);

/// <summary>Tokens by use; <c>Answer</c> counts those of the text alone, without plans, tags and padding.</summary>
internal sealed record UsageReport(int Prompt, int Plan, int Spans, int Text, int Generated, int Answer);

/// <summary>
/// The passes that followed one after the other, by stage. <c>AutoregressivePasses</c> is what one token at a time
/// takes for the same text.
/// </summary>
internal sealed record PathReport(
    int Passes,
    int AutoregressivePasses,
    long Rows,
    double AnswerTokensPerPass,
    double Seconds,
    IReadOnlyDictionary<string, StageReport> Stages);

/// <summary>
/// Passes of a stage. <c>Drafted</c> of the rows were for guessed tokens; <c>Kept</c> of the guesses saved a pass, the
/// others were in vain.
/// </summary>
internal sealed record StageReport(int Passes, long Rows, double Seconds, int Drafted, int Kept);
