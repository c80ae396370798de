using System.Text.Json;

namespace PlannedDiffusion.TestKit;

/// <summary>The tokenizer cases: those of the checkout, or of the directory in PD_TOKENIZER.</summary>
public static class TokenizerFiles
{
    /// <summary>The directory of the cases and of the tokenizer they belong to.</summary>
    public static string Directory { get; } =
        Environment.GetEnvironmentVariable("PD_TOKENIZER") is { Length: > 0 } other
            ? other
            : Repository.PathTo("tests", "tokenizer");

    /// <summary>The lines of a file of JSON lines.</summary>
    public static IEnumerable<JsonElement> ReadLines(string name)
    {
        foreach (string line in File.ReadLines(Path.Combine(Directory, name)))
        {
            if (line.Length > 0) yield return JsonDocument.Parse(line).RootElement;
        }
    }

    /// <summary>
    /// A string that may contain lone surrogates as escapes, which <see cref="JsonElement.GetString"/> refuses.
    /// </summary>
    public static string Text(JsonElement element)
    {
        string raw = element.GetRawText();
        var text = new System.Text.StringBuilder(raw.Length);
        for (int i = 1; i < raw.Length - 1; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }

            char escape = raw[++i];
            if (escape == 'u')
            {
                text.Append((char)Convert.ToUInt16(raw.Substring(i + 1, 4), 16));
                i += 4;
            }
            else
            {
                int named = "nrtbf".IndexOf(escape, StringComparison.Ordinal);
                text.Append(named < 0 ? escape : "\n\r\t\b\f"[named]);
            }
        }

        return text.ToString();
    }

    /// <summary>An array of ids.</summary>
    public static int[] Ids(JsonElement element) => [.. element.EnumerateArray().Select(id => id.GetInt32())];

    /// <summary>Copies files of the tokenizer to a new directory, so that a test can restrict or change them.</summary>
    public static TemporaryDirectory Copy(params string[] names)
    {
        var copy = new TemporaryDirectory();
        foreach (string name in names) File.Copy(Path.Combine(Directory, name), Path.Combine(copy.Path, name));
        return copy;
    }
}
