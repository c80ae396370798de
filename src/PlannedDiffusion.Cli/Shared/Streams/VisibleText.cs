using System.Text;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>
/// Text of others (names in files, prompts, what a model wrote) made fit for a terminal: characters that would steer
/// it, or turn the order of what stands beside them, are written as <c>\u001b</c>.
/// </summary>
internal static class VisibleText
{
    /// <summary>For a place within a line: line ends and tabs are steering, too.</summary>
    public static string OneLine(ReadOnlySpan<char> text) => Escaped(text, keepLines: false);

    /// <summary>For text of several lines, whose line ends and tabs stay.</summary>
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

    // Controls (C0, DEL, C1), the two line ends of Unicode, and what embeds, overrides or isolates a direction.
    private static bool Steers(char c) =>
        char.IsControl(c)
        || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
