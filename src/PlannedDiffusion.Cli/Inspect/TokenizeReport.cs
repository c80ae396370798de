namespace PlannedDiffusion.Cli.Inspect;

/// <summary>The output of <c>pd tokenize --json</c>.</summary>
internal sealed record TokenizeReport(string Model, int Count, IReadOnlyList<int> Ids, IReadOnlyList<string> Pieces);
