namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>White space as in Python, which has four more separators than .NET.</summary>
internal static class TextWhitespace
{
    public static bool Contains(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';

    public static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> text)
    {
        int end = text.Length;
        while (end > 0 && Contains(text[end - 1])) end--;
        return text[..end];
    }
}
