using System.Buffers;
using System.Text;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// Turns decoded text with its tags into a readable answer, as the reference's command line and evaluation do.
/// </summary>
internal static class TextCleaner
{
    private const string AsyncStart = "<async>", PromiseStart = "<promise>", PromiseEnd = "</topic>";
    private const string AssistantTurn = "<|im_start|>assistant\n";

    private static readonly string[] Tags = [AsyncStart, "</async>", "<sync/>", "[PAD]"];
    private static readonly SearchValues<string> PromiseOrLineEnd =
        SearchValues.Create([PromiseEnd, "\n"], StringComparison.Ordinal);

    /// <summary>
    /// Starts a new line before a span that starts with a digit (a numbered list). Replaces tags and promises by
    /// blanks, collapses blanks and tabs, and strips both ends. Keeps line ends inside, <c>&lt;|im_end|&gt;</c> and
    /// <c>&lt;|mask|&gt;</c>.
    /// </summary>
    public static string Clean(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Strip(ReplaceTags(BreakLinesBeforeNumbers(text)))
            .Replace($"{AssistantTurn} ", AssistantTurn, StringComparison.Ordinal);
    }

    /// <summary>As <see cref="Clean"/>, and without <c>&lt;|im_end|&gt;</c> and <c>&lt;|endoftext|&gt;</c>.</summary>
    public static string CleanForAlpacaEval(string text) => Clean(text)
        .Replace("<|im_end|>", "", StringComparison.Ordinal)
        .Replace("<|endoftext|>", "", StringComparison.Ordinal);

    private static string BreakLinesBeforeNumbers(string text)
    {
        var broken = new StringBuilder(text.Length);
        int copied = 0;
        while (text.IndexOf(AsyncStart, copied, StringComparison.Ordinal) is var found and >= 0)
        {
            int behind = found + AsyncStart.Length;
            broken.Append(text, copied, behind - copied);
            if (Rune.DecodeFromUtf16(text.AsSpan(behind), out Rune rune, out _) == OperationStatus.Done
                && Rune.IsDigit(rune)) broken.Append('\n');
            copied = behind;
        }

        return broken.Append(text, copied, text.Length - copied).ToString();
    }

    private static string ReplaceTags(string text)
    {
        var replaced = new StringBuilder(text.Length);
        int openUntil = 0;
        for (int i = 0; i < text.Length;)
        {
            int tag = text[i] switch
            {
                '<' or '[' => TagLength(text, i, ref openUntil),
                ' ' or '\t' => 1,
                _ => 0,
            };
            if (tag == 0) replaced.Append(text[i]);
            else if (replaced.Length == 0 || replaced[^1] != ' ') replaced.Append(' ');
            i += Math.Max(tag, 1);
        }

        return replaced.ToString();
    }

    // Promises that start before openUntil have no end on their line. So each line is searched once.
    private static int TagLength(string text, int start, ref int openUntil)
    {
        ReadOnlySpan<char> rest = text.AsSpan(start);
        foreach (string tag in Tags)
        {
            if (rest.StartsWith(tag)) return tag.Length;
        }

        if (start < openUntil || !rest.StartsWith(PromiseStart)) return 0;
        int end = rest.IndexOfAny(PromiseOrLineEnd);
        if (end >= 0 && rest[end] != '\n') return end + PromiseEnd.Length;
        openUntil = end < 0 ? text.Length : start + end;
        return 0;
    }

    // As Python strips: white space, and the four separators U+001C to U+001F.
    private static string Strip(string text)
    {
        int start = 0, end = text.Length;
        while (start < end && IsStripped(text[start])) start++;
        while (end > start && IsStripped(text[end - 1])) end--;
        return text[start..end];
    }

    private static bool IsStripped(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';
}
