using System.Text;

namespace PlannedDiffusion.Weights;

/// <summary>A safetensors file or its index breaks a rule of the format; one line that starts with the path.</summary>
public sealed class SafetensorsException : IOException
{
    private const int MaxQuoted = 120;

    /// <summary>Names the file and what is wrong with it.</summary>
    public SafetensorsException(string path, string problem, Exception? inner = null)
        : base($"{path}: {problem}", inner) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Text of an untrusted file for a message: in quotes, on one line, and of bounded length.</summary>
    internal static string Quote(string text)
    {
        var quoted = new StringBuilder("'");
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, MaxQuoted)))
        {
            if (char.IsControl(c) || char.IsSurrogate(c)) quoted.Append($"\\u{(int)c:x4}");
            else quoted.Append(c);
        }

        return quoted.Append(text.Length > MaxQuoted ? "...'" : "'").ToString();
    }
}
