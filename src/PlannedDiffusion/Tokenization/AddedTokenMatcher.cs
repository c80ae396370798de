using System.Buffers;

namespace PlannedDiffusion.Tokenization;

/// <summary>Finds added tokens in text: the leftmost, and of those that start there the longest.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly AddedToken[] _tokens; // longest first
    private readonly SearchValues<string> _contents;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        _tokens = [.. tokens.OrderByDescending(token => token.Content.Length)];
        _contents = SearchValues.Create([.. _tokens.Select(token => token.Content)], StringComparison.Ordinal);
    }

    /// <summary>Position, length and id of the first added token; false if the text holds none.</summary>
    public bool TryFind(ReadOnlySpan<char> text, out int start, out int length, out int id)
    {
        (length, id) = (0, -1);
        start = _tokens.Length == 0 ? -1 : text.IndexOfAny(_contents);
        if (start < 0) return false;
        foreach (AddedToken token in _tokens)
        {
            if (!text[start..].StartsWith(token.Content, StringComparison.Ordinal)) continue;
            (length, id) = (token.Content.Length, token.Id);
            return true;
        }

        return false;
    }
}
