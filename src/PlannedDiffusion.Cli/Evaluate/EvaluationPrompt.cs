namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>A question, and the facts that its answer should state, if they are known.</summary>
/// <param name="Instruction">The user's message.</param>
/// <param name="Dataset">The data set that it comes from. It is copied into the answers file.</param>
/// <param name="Facts">The facts, each a list of texts that must occur together; null if none are expected.</param>
/// <param name="InSentence">True if the texts of a fact must occur in one sentence, not just in the answer.</param>
internal sealed record EvaluationPrompt(
    string Instruction, string? Dataset, IReadOnlyList<IReadOnlyList<string>>? Facts, bool InSentence);
