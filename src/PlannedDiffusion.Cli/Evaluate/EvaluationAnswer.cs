namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>An answer as the journal has it.</summary>
/// <param name="Cell">Name of the cell.</param>
/// <param name="Prompt">Index of the prompt.</param>
/// <param name="Output">The answer; empty if there is none.</param>
/// <param name="LatencySeconds">Wall-clock time of the request.</param>
/// <param name="CriticalPath">Passes that followed one after the other.</param>
/// <param name="Stages">Of these, how many by stage.</param>
/// <param name="Tokens">Tokens of the answer's text.</param>
/// <param name="Finish">Why it ended, and what was cut.</param>
/// <param name="Error">Why there is no answer.</param>
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
