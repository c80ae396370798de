using System.Text.Json;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// The content of a tokenizer's files: <c>tokenizer.json</c>, or else <c>vocab.json</c> and <c>merges.txt</c>; further
/// <c>tokenizer_config.json</c> and files of older tools. Structure and kinds are checked here, ids and names in
/// <see cref="Vocabulary"/>.
/// </summary>
internal sealed record TokenizerFile
{
    public required List<(string Spelling, int Id)> Entries { get; init; }

    public required List<MergeRule> Merges { get; init; }

    public required List<AddedToken> Added { get; init; }

    public required bool Normalizes { get; init; }

    /// <summary>Contents of the tokens with a role, by the role's name.</summary>
    public required IReadOnlyDictionary<string, string> SpecialTokens { get; init; }

    // The file and field of the entries and merges, for messages.
    public required (string File, string Field) EntriesPlace { get; init; }

    public required (string File, string Field) MergesPlace { get; init; }

    public static TokenizerFile Load(string directory)
    {
        string single = Path.Combine(directory, "tokenizer.json");
        if (RegularFile.Exists(single)) return FromTokenizerJson(directory, single);
        string vocabulary = Path.Combine(directory, "vocab.json");
        if (!RegularFile.Exists(vocabulary))
            throw new TokenizerException("tokenizer.json", "", $"is missing in {directory}, and so is vocab.json");
        return FromVocabularyAndMerges(directory, vocabulary);
    }

    private static TokenizerFile FromTokenizerJson(string directory, string path)
    {
        using JsonDocument document = JsonField.Open(path);
        JsonField root = JsonField.Root(path, document);
        Pipeline.Require(root);
        JsonField model = root.Member("model");
        List<(string, int)> entries = ReadEntries(model.Member("vocab"));
        var added = new AddedTokens();
        if (root.Optional("added_tokens") is { } list) added.AddList(list);
        return new TokenizerFile
        {
            Entries = entries,
            Merges = MergeRules.FromList(model.Member("merges")),
            SpecialTokens = ReadBeside(directory, entries, added, isDescribed: true),
            Added = [.. added.All],
            Normalizes = Pipeline.Normalizes(root),
            EntriesPlace = (root.File, "model.vocab"),
            MergesPlace = (root.File, "model.merges"),
        };
    }

    // These files do not describe the pipeline. It is the family's, which normalises.
    private static TokenizerFile FromVocabularyAndMerges(string directory, string path)
    {
        using JsonDocument document = JsonField.Open(path);
        JsonField root = JsonField.Root(path, document);
        List<(string, int)> entries = ReadEntries(root);
        var added = new AddedTokens();
        string merges = Path.Combine(directory, "merges.txt");
        return new TokenizerFile
        {
            Entries = entries,
            SpecialTokens = ReadBeside(directory, entries, added, isDescribed: false),
            Merges = MergeRules.FromText(merges),
            Added = [.. added.All],
            Normalizes = true,
            EntriesPlace = (root.File, ""),
            MergesPlace = (Path.GetFileName(merges), "line"),
        };
    }

    private static List<(string, int)> ReadEntries(JsonField vocabulary) =>
        [.. vocabulary.Members().Select(entry => (entry.Name, entry.Value.Integer()))];

    /// <summary>Reads added tokens from the files beside the vocabulary and returns the special ones by role.</summary>
    private static Dictionary<string, string> ReadBeside(
        string directory, List<(string, int)> entries, AddedTokens added, bool isDescribed)
    {
        using JsonDocument config = OpenIfThere(directory, "tokenizer_config.json", out JsonField root);
        using JsonDocument map = OpenIfThere(directory, "special_tokens_map.json", out JsonField mapRoot);
        using JsonDocument older = OpenIfThere(directory, "added_tokens.json", out JsonField olderRoot);
        if (!isDescribed) root.RequireFalse("add_prefix_space");
        var special = new SpecialTokenNames();
        special.Read(root);
        if (root.Optional("added_tokens_decoder") is { } decoder) added.AddDecoder(decoder, special.All);
        else
        {
            // Tools that wrote these two files did not write the list above. If there is a list, they are ignored.
            special.Read(mapRoot);
            added.AddContents(olderRoot, special.All);
        }

        added.AddWords(entries, special.All, root);
        return special.Roles;
    }

    // The file is optional.
    private static JsonDocument OpenIfThere(string directory, string name, out JsonField root)
    {
        string path = Path.Combine(directory, name);
        JsonDocument document = RegularFile.Exists(path) ? JsonField.Open(path) : JsonDocument.Parse("{}");
        root = JsonField.Root(path, document);
        return document;
    }
}
