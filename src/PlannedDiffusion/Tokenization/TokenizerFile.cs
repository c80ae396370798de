using System.Globalization;
using System.Text;
using System.Text.Json;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Tokenization;

/// <summary>A token that stands outside of the byte pairs, matched by its content in trusted text only.</summary>
/// <param name="Id">Its id, which a token of the vocabulary with the same spelling shares.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Left out of decoded text on request.</param>
/// <param name="Normalized">Looked for in normalised text, after the others were found in the text as given.</param>
internal readonly record struct AddedToken(int Id, string Content, bool Special, bool Normalized);

internal readonly record struct MergeRule(string Left, string Right, int Ordinal);

/// <summary>
/// The content of a tokenizer's files, from <c>tokenizer.json</c> or else from <c>vocab.json</c>, <c>merges.txt</c>
/// and <c>tokenizer_config.json</c>. Shape and kinds are checked here, ids and names in <see cref="Vocabulary"/>.
/// </summary>
internal sealed record TokenizerFile
{
    public required List<(string Spelling, int Id)> Entries { get; init; }

    public required List<MergeRule> Merges { get; init; }

    public required List<AddedToken> Added { get; init; }

    public required bool Normalizes { get; init; }

    /// <summary>Contents of the tokens with a role, by the role's name.</summary>
    public required IReadOnlyDictionary<string, string> SpecialTokens { get; init; }

    // Where entries, merges and added tokens stand, for messages: a file and a field in it.
    public required (string File, string Field) EntriesPlace { get; init; }

    public required (string File, string Field) MergesPlace { get; init; }

    public required (string File, string Field) AddedPlace { get; init; }

    public static TokenizerFile Load(string directory)
    {
        string single = Path.Combine(directory, "tokenizer.json");
        string config = Path.Combine(directory, "tokenizer_config.json");
        if (RegularFile.Exists(single)) return FromTokenizerJson(single, config);
        string vocabulary = Path.Combine(directory, "vocab.json");
        if (!RegularFile.Exists(vocabulary))
            throw new TokenizerException("tokenizer.json", "", $"is missing in {directory}, and so is vocab.json");
        return FromVocabularyAndMerges(vocabulary, Path.Combine(directory, "merges.txt"), config);
    }

    private static TokenizerFile FromTokenizerJson(string path, string config)
    {
        using JsonDocument? configDocument = RegularFile.Exists(config) ? JsonField.Open(config) : null;
        using JsonDocument document = JsonField.Open(path);
        JsonField root = JsonField.Root(path, document);
        Pipeline.Require(root);
        JsonField model = root.Member("model");
        return new TokenizerFile
        {
            Entries = ReadEntries(model.Member("vocab")),
            Merges = [.. model.Member("merges").Items().Select(ReadMerge)],
            Added = [.. root.Optional("added_tokens")?.Items().Select(ReadItem) ?? []],
            Normalizes = Pipeline.Normalizes(root),
            SpecialTokens = configDocument is null
                ? new Dictionary<string, string>()
                : SpecialTokenNames.Read(JsonField.Root(config, configDocument)),
            EntriesPlace = (root.File, "model.vocab"),
            MergesPlace = (root.File, "model.merges"),
            AddedPlace = (root.File, "added_tokens"),
        };
    }

    // These three files do not describe the pipeline: it is the family's, and the family normalises.
    private static TokenizerFile FromVocabularyAndMerges(string vocabulary, string merges, string config)
    {
        using JsonDocument vocabularyDocument = JsonField.Open(vocabulary);
        using JsonDocument configDocument = JsonField.Open(config);
        JsonField root = JsonField.Root(config, configDocument);
        root.RequireFalse("add_prefix_space");
        return new TokenizerFile
        {
            Entries = ReadEntries(JsonField.Root(vocabulary, vocabularyDocument)),
            Merges = ReadMerges(merges),
            Added = [.. root.Member("added_tokens_decoder").Members().Select(ReadMember)],
            Normalizes = true,
            SpecialTokens = SpecialTokenNames.Read(root),
            EntriesPlace = (Path.GetFileName(vocabulary), ""),
            MergesPlace = (Path.GetFileName(merges), "line"),
            AddedPlace = (root.File, "added_tokens_decoder"),
        };
    }

    private static List<(string, int)> ReadEntries(JsonField vocabulary) =>
        [.. vocabulary.Members().Select(entry => (entry.Name, entry.Value.Integer()))];

    private static AddedToken ReadItem(JsonField token) => ReadAdded(token, token.Member("id").Integer());

    private static AddedToken ReadMember((string Name, JsonField Value) member) =>
        int.TryParse(member.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            ? ReadAdded(member.Value, id)
            : throw member.Value.Error("is not named by an id");

    private static AddedToken ReadAdded(JsonField token, int id)
    {
        foreach (string flag in (string[])["lstrip", "rstrip", "single_word"]) token.RequireFalse(flag);
        JsonField content = token.Member("content");
        if (content.Text().Length == 0) throw content.Error("is empty");
        bool special = token.Flag("special", otherwise: false);
        return new AddedToken(id, content.Text(), special, token.Flag("normalized", otherwise: !special));
    }

    // Written as "left right" or, since spaces may stand in tokens of other families, as ["left", "right"].
    private static MergeRule ReadMerge(JsonField merge, int index)
    {
        if (merge.IsText) return SplitMerge(merge.Text(), index, merge.Error);
        string[] pair = [.. merge.Items().Select(part => part.Text())];
        return pair.Length == 2
            ? new MergeRule(pair[0], pair[1], index)
            : throw merge.Error($"has {pair.Length} parts, not 2");
    }

    private static List<MergeRule> ReadMerges(string path)
    {
        string file = Path.GetFileName(path);
        var merges = new List<MergeRule>();
        int number = 0;
        foreach (string line in Encoding.UTF8.GetString(JsonField.ReadBounded(path).Span).Split('\n'))
        {
            number++;
            string rule = line.TrimEnd('\r');
            if (rule.Length == 0 || rule.StartsWith("#version", StringComparison.Ordinal)) continue;
            int current = number;
            merges.Add(SplitMerge(rule, number, problem => new TokenizerException(file, $"line {current}", problem)));
        }

        return merges;
    }

    private static MergeRule SplitMerge(string rule, int ordinal, Func<string, TokenizerException> error)
    {
        int blank = rule.IndexOf(' ', StringComparison.Ordinal);
        return blank > 0 && blank < rule.Length - 1 && rule.LastIndexOf(' ') == blank
            ? new MergeRule(rule[..blank], rule[(blank + 1)..], ordinal)
            : throw error("is not two tokens with one blank between");
    }
}
