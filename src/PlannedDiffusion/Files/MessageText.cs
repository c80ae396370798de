using System.Text;

namespace PlannedDiffusion.Files;

/// <summary>Text from untrusted files, made fit for a message: one line, visible characters, bounded length.</summary>
internal static class MessageText
{
    private const int MaxQuoted = 120;
    private const int MaxLine = 400;

    /// <summary>A name or value in quotes.</summary>
    public static string Quote(string text) => $"'{Visible(text, MaxQuoted)}'";

    /// <summary>A message of the JSON reader, which may repeat any piece of the file.</summary>
    public static string OneLine(string message) => Visible(message, MaxLine);

    private static string Visible(string text, int most)
    {
        var visible = new StringBuilder();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, most)))
        {
            bool hidden = char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029';
            if (hidden) visible.Append($"\\u{(int)c:x4}");
            else visible.Append(c);
        }

        return visible.Append(text.Length > most ? "..." : "").ToString();
    }
}
