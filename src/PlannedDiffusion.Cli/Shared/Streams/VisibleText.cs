using System.Text;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>
/// Makes untrusted text (names in files, prompts, text of a model) safe for a terminal. Control characters, and those
/// that change the text direction, are escaped, such as <c>\u001b</c>.
/// </summary>
internal static class VisibleText
{
    /// <summary>Text for a place within a line. Line ends and tabs are escaped, too.</summary>
    public static string OneLine(ReadOnlySpan<char> text) => Escaped(text, keepLines: false);

    /// <summary>Text of several lines. Line ends and tabs are kept.</summary>
    public static string Lines(ReadOnlySpan<char> text) => Escaped(text, keepLines: true);

    private static string Escaped(ReadOnlySpan<char> text, bool keepLines)
    {
        var visible = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool isLayout = c is '\n' or '\t' || text[i..] is ['\r', '\n', ..];
            bool keep = !Steers(c) || (keepLines && isLayout);
            if (keep) visible.Append(c);
            else visible.Append($"\\u{(int)c:x4}");
        }

        return visible.ToString();
    }

    // Controls (C0, DEL, C1), the two line separators of Unicode, and the characters that change the direction.
    private static bool Steers(char c) =>
        char.IsControl(c)
        || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
