namespace PlannedDiffusion.Decoding;

/// <summary>Guesses how a text goes on.</summary>
internal interface IDrafter
{
    /// <summary>Writes likely next tokens, none that is not worth the row it costs; returns how many.</summary>
    /// <param name="text">All tokens so far, prompt included.</param>
    /// <param name="drafts">Room for those that may be guessed.</param>
    int Draft(ReadOnlySpan<int> text, Span<int> drafts);
}
