namespace PlannedDiffusion.Tokenization.Templates;

/// <summary>White space as templates mean it, which is Python's: four separators more than .NET's.</summary>
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
