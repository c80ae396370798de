namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>An answer in the journal.</summary>
/// <param name="Cell">Name of the cell.</param>
/// <param name="Prompt">Index of the prompt.</param>
/// <param name="Output">The answer; empty if there is none.</param>
/// <param name="LatencySeconds">Wall-clock time of the request.</param>
/// <param name="CriticalPath">Number of passes that followed one another.</param>
/// <param name="Stages">Number of passes of each stage.</param>
/// <param name="Tokens">Tokens of the answer's text.</param>
/// <param name="Finish">The reasons why it ended, or what was cut.</param>
/// <param name="Error">Why there is no answer; null if there is one.</param>
internal sealed record EvaluationAnswer(
    string Cell,
    int Prompt,
    string Output,
    double LatencySeconds,
    int CriticalPath,
    IReadOnlyDictionary<string, int> Stages,
    int Tokens,
    IReadOnlyList<string> Finish,
    string? Error);
