namespace PlannedDiffusion.Decoding;

/// <summary>Guesses the next tokens of a text.</summary>
internal interface IDrafter
{
    /// <summary>Writes likely next tokens, only those worth the row that each costs; returns their number.</summary>
    /// <param name="text">All tokens so far, prompt included.</param>
    /// <param name="drafts">Receives the tokens.</param>
    int Draft(ReadOnlySpan<int> text, Span<int> drafts);
}
