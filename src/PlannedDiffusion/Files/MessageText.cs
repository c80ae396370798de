using System.Text;

namespace PlannedDiffusion.Files;

/// <summary>Text from untrusted files, made fit for a message: one line, visible characters, bounded length.</summary>
internal static class MessageText
{
    private const int MaxQuoted = 120;
    private const int MaxLine = 400;
    private const int MaxMessage = 4096;

    /// <summary>A name or value in quotes.</summary>
    public static string Quote(string text) => $"'{Visible(text, MaxQuoted)}'";

    /// <summary>A message of the JSON reader, which may quote any part of the file.</summary>
    public static string OneLine(string message) => Visible(message, MaxLine);

    /// <summary>An exception's whole message about a file.</summary>
    public static string About(string path, string problem) => Visible($"{path}: {problem}", MaxMessage);

    private static string Visible(string text, int most)
    {
        var visible = new StringBuilder();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, most)))
        {
            if (IsHidden(c)) visible.Append($"\\u{(int)c:x4}");
            else visible.Append(c);
        }

        return visible.Append(text.Length > most ? "..." : "").ToString();
    }

    // Also Unicode line separators, and characters that change the direction of text.
    private static bool IsHidden(char c) => char.IsControl(c) || char.IsSurrogate(c)
        || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
