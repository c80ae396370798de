using System.Text.Json.Nodes;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// The description of a small tokenizer, which tests change and write. It has the 256 bytes, five merges, and the tags
/// of planned diffusion.
/// </summary>
public static class TinyTokenizer
{
    /// <summary>The tags of planned diffusion, in the order of their ids from 300 on.</summary>
    public static readonly string[] Tags =
    [
        "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|mask|>", "<async>", "</async>", "<promise>-<topic>",
        "</topic>", "<sync/>", "[PAD]",
    ];

    /// <summary>The merges, in the order of their ranks.</summary>
    public static readonly string[] Merges = ["a a", "aa aa", "a b", "ab c", "Ġ a"];

    // As in the JSON of the family's files.
    private const string Pattern = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
        + @"| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /// <summary>A new <c>tokenizer.json</c>.</summary>
    public static JsonObject Describe() => new()
    {
        ["added_tokens"] = new JsonArray([.. Tags.Select((tag, i) => Added(300 + i, tag))]),
        ["normalizer"] = new JsonObject { ["type"] = "NFC" },
        ["pre_tokenizer"] = JsonNode.Parse("""
            {"type": "Sequence", "pretokenizers": [
              {"type": "Split", "behavior": "Isolated", "invert": false, "pattern": {"Regex":
                "PATTERN"}},
              {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}]}
            """.Replace("PATTERN", Pattern, StringComparison.Ordinal)),
        ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
        ["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["vocab"] = Vocabulary(),
            ["merges"] = new JsonArray([.. Merges.Select(merge => JsonValue.Create(merge))]),
        },
    };

    /// <summary>An added token.</summary>
    public static JsonObject Added(int id, string content) =>
        new() { ["id"] = id, ["content"] = content, ["special"] = true, ["normalized"] = false };

    /// <summary>The bytes in order, spelled as in the family's vocabularies, then the tokens of the merges.</summary>
    public static JsonObject Vocabulary()
    {
        var vocabulary = new JsonObject();
        int unprintable = 0;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (> 32 and < 127) or (> 160 and not 173);
            vocabulary[$"{(char)(printable ? value : 256 + unprintable++)}"] = value;
        }

        foreach (string merge in Merges)
            vocabulary[merge.Replace(" ", "", StringComparison.Ordinal)] = vocabulary.Count;
        return vocabulary;
    }

    /// <summary>Writes a description into a folder from which a tokenizer can be loaded.</summary>
    public static TemporaryDirectory Write(JsonNode description)
    {
        var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("tokenizer.json"), description.ToJsonString());
        return directory;
    }
}
