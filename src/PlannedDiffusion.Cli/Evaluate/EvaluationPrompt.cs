namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>A question, and what its answer should say, where that is known.</summary>
/// <param name="Instruction">The user's message.</param>
/// <param name="Dataset">Where it comes from; goes into the answers file as it is.</param>
/// <param name="Facts">Each a list of texts that belong together; null where nothing is expected.</param>
/// <param name="InSentence">True if the texts of a fact must stand in one sentence, not just in one answer.</param>
internal sealed record EvaluationPrompt(
    string Instruction, string? Dataset, IReadOnlyList<IReadOnlyList<string>>? Facts, bool InSentence);
