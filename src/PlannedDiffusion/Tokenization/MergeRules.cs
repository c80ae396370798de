using System.Text;
using System.Text.Json;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Tokenization;

/// <summary>Two tokens that become one.</summary>
/// <param name="Left">Spelling of the first.</param>
/// <param name="Right">Spelling of the second.</param>
/// <param name="Ordinal">Index or line in the file, for messages.</param>
internal readonly record struct MergeRule(string Left, string Right, int Ordinal);

/// <summary>Reads the merges of a tokenizer, in the order of their ranks.</summary>
internal static class MergeRules
{
    /// <summary>Those of <c>tokenizer.json</c>.</summary>
    public static List<MergeRule> FromList(JsonField list) => [.. list.Items().Select(Read)];

    /// <summary>Those of <c>merges.txt</c>: UTF-8 with or without a byte order mark, any line ends.</summary>
    public static List<MergeRule> FromText(string path)
    {
        string file = Path.GetFileName(path);
        var merges = new List<MergeRule>();
        int number = 0;
        foreach (string rule in ReadText(path, file).ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            if (rule.Length == 0 || rule.StartsWith("#version", StringComparison.Ordinal)) continue;
            int current = number;
            merges.Add(Split(rule, number, problem => new TokenizerException(file, $"line {current}", problem)));
        }

        // A tokenizer without merges has at least the line with the version.
        return number > 1 || merges.Count > 0 ? merges : throw new TokenizerException(file, "", "is empty");
    }

    private static string ReadText(string path, string file)
    {
        ReadOnlyMemory<byte> text = JsonField.ReadBounded(path);
        try
        {
            StrictJson.RequireUtf8(text.Span);
        }
        catch (JsonException e)
        {
            throw new TokenizerException(file, e.Message, e);
        }

        return Encoding.UTF8.GetString(text.Span);
    }

    // Written as "left right", or as ["left", "right"], because tokens of other families may contain spaces.
    private static MergeRule Read(JsonField merge, int index)
    {
        if (merge.IsText) return Split(merge.Text(), index, merge.Error);
        string[] pair = [.. merge.Items().Take(3).Select(part => part.Text())];
        return pair.Length == 2
            ? new MergeRule(pair[0], pair[1], index)
            : throw merge.Error($"has {merge.Items().Count()} parts, not 2");
    }

    private static MergeRule Split(string rule, int ordinal, Func<string, TokenizerException> error)
    {
        int blank = rule.IndexOf(' ', StringComparison.Ordinal);
        return blank > 0 && blank < rule.Length - 1 && rule.LastIndexOf(' ') == blank
            ? new MergeRule(rule[..blank], rule[(blank + 1)..], ordinal)
            : throw error("is not two tokens with one blank between");
    }
}
