using System.Globalization;
using System.Text;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// Splits text into words as <see cref="Pipeline.Pattern"/> does, in one pass and without backtracking over words. The
/// kinds of the first two characters decide between the alternatives of the pattern.
/// </summary>
internal static class PreTokenizer
{
    private enum Kind
    {
        Other,
        Letter,
        Number,
        Blank,
        LineEnd,
        EndOfText,
    }

    /// <summary>Length of the word that <paramref name="text"/> starts with; the text must not be empty.</summary>
    public static int FirstWord(ReadOnlySpan<char> text)
    {
        int contraction = Contraction(text);
        if (contraction > 0) return contraction;
        Kind kind = KindAt(text, 0, out int width);
        if (kind == Kind.Letter) return EndOfRun(text, width, Kind.Letter);
        if (kind == Kind.Number) return width;
        Kind next = KindAt(text, width, out int nextWidth);
        if (next == Kind.Letter && kind != Kind.LineEnd) return EndOfRun(text, width + nextWidth, Kind.Letter);
        if (kind == Kind.Other || (text[0] == ' ' && next == Kind.Other))
        {
            int end = EndOfRun(text, width, Kind.Other);
            return EndOfRun(text, end, Kind.LineEnd);
        }

        return Whitespace(text);
    }

    // \s*[\r\n]+ takes all up to the last line end. Without a line end, the last blank belongs to the next word.
    private static int Whitespace(ReadOnlySpan<char> text)
    {
        int end = 0, afterLineEnd = 0;
        while (KindAt(text, end, out _) is var kind and (Kind.Blank or Kind.LineEnd))
        {
            end++; // every white space is a single UTF-16 unit
            if (kind == Kind.LineEnd) afterLineEnd = end;
        }

        if (afterLineEnd > 0) return afterLineEnd;
        return end == text.Length || end == 1 ? end : end - 1;
    }

    private static int EndOfRun(ReadOnlySpan<char> text, int start, Kind kind)
    {
        while (KindAt(text, start, out int width) == kind) start += width;
        return start;
    }

    // (?i:'s|'t|'re|'ve|'m|'ll|'d), where the long s also folds to s.
    private static int Contraction(ReadOnlySpan<char> text)
    {
        if (text[0] != '\'' || text.Length < 2) return 0;
        char first = (char)(text[1] | 0x20);
        if (first is 's' or 't' or 'm' or 'd' || text[1] == 'ſ') return 2;
        if (text.Length < 3) return 0;
        char second = (char)(text[2] | 0x20);
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static Kind KindAt(ReadOnlySpan<char> text, int index, out int width)
    {
        width = 0;
        if (index == text.Length) return Kind.EndOfText;
        char c = text[index];
        width = 1;
        if (char.IsAscii(c))
        {
            if (char.IsAsciiLetter(c)) return Kind.Letter;
            if (char.IsAsciiDigit(c)) return Kind.Number;
            if (c is '\r' or '\n') return Kind.LineEnd;
            return c == ' ' || c is >= '\t' and <= '\f' ? Kind.Blank : Kind.Other;
        }

        if (char.IsWhiteSpace(c)) return Kind.Blank;
        if (!char.IsSurrogate(c)) return KindOf(CharUnicodeInfo.GetUnicodeCategory(c));
        // A lone surrogate reads as U+FFFD, which its bytes will spell.
        Rune.DecodeFromUtf16(text[index..], out Rune rune, out width);
        return KindOf(Rune.GetUnicodeCategory(rune));
    }

    private static Kind KindOf(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => Kind.Letter,
        <= UnicodeCategory.EnclosingMark => Kind.Other,
        <= UnicodeCategory.OtherNumber => Kind.Number,
        _ => Kind.Other,
    };
}
