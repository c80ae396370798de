namespace PlannedDiffusion.Cli.Inspect;

/// <summary>What <c>pd tokenize --json</c> prints.</summary>
internal sealed record TokenizeReport(string Model, int Count, IReadOnlyList<int> Ids, IReadOnlyList<string> Pieces);
