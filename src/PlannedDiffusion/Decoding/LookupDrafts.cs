namespace PlannedDiffusion.Decoding;

/// <summary>
/// Guesses that a text repeats itself: it proposes the tokens that followed the previous occurrence of its last tokens.
/// Summaries and edits repeat much of their prompt.
/// </summary>
internal sealed class LookupDrafts : IDrafter
{
    private const int Repeated = 3; // fewer tokens are repeated too often by chance

    /// <inheritdoc/>
    public int Draft(ReadOnlySpan<int> text, Span<int> drafts)
    {
        if (text.Length <= Repeated) return 0;
        int before = text[..^1].LastIndexOf(text[^Repeated..]);
        if (before < 0) return 0;
        ReadOnlySpan<int> next = text[(before + Repeated)..];
        next = next[..Math.Min(next.Length, drafts.Length)];
        next.CopyTo(drafts);
        return next.Length;
    }
}
