using System.Globalization;
using static PlannedDiffusion.Files.MessageText;

namespace PlannedDiffusion.Tokenization;

/// <summary>A token that byte pairs do not produce. It is matched by its content, in trusted text only.</summary>
/// <param name="Id">Its id. A token of the vocabulary with the same spelling has the same id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Decoding can leave it out.</param>
/// <param name="Normalized">It is searched in normalised text, after the others were found in the given text.</param>
internal readonly record struct AddedToken(int Id, string Content, bool Special, bool Normalized)
{
    /// <summary>The file and field that declare it, for messages.</summary>
    public required (string File, string Field) Place { get; init; }
}

/// <summary>
/// The added tokens of a checkpoint. <c>tokenizer.json</c> declares them, and beside it either
/// <c>added_tokens_decoder</c> of <c>tokenizer_config.json</c> or <c>added_tokens.json</c> of older tools. As in
/// Hugging Face's loader, the flags of the second file win, and a word of the vocabulary that has a role (see
/// <see cref="SpecialTokenNames"/>) is an added token, too. Files that contradict each other are refused.
/// </summary>
internal sealed class AddedTokens
{
    private const int MostTokens = 1 << 17;
    private const int MostCharacters = 1 << 22;

    private readonly Dictionary<string, AddedToken> _byContent = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> _byId = [];
    private int _characters;

    /// <summary>All of them, by id.</summary>
    public IEnumerable<AddedToken> All => _byId.Values.OrderBy(token => token.Id);

    /// <summary><c>added_tokens</c> of <c>tokenizer.json</c>.</summary>
    public void AddList(JsonField list)
    {
        foreach (JsonField token in list.Items()) Add(Read(token, token.Member("id").Integer(), list));
    }

    /// <summary><c>added_tokens_decoder</c> of <c>tokenizer_config.json</c>: objects named by their ids.</summary>
    public void AddDecoder(JsonField decoder, IReadOnlySet<string> special)
    {
        foreach ((string name, JsonField value) in decoder.Members())
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                throw value.Error("is not named by an id");
            AddedToken token = Read(value, id, decoder);
            AddOrReplace(token with { Special = token.Special || special.Contains(token.Content) });
        }
    }

    /// <summary><c>added_tokens.json</c>: ids named by their contents.</summary>
    public void AddContents(JsonField contents, IReadOnlySet<string> special)
    {
        foreach ((string content, JsonField id) in contents.Members())
        {
            if (content.Length == 0) throw contents.Error("names an empty token");
            bool isSpecial = special.Contains(content);
            AddOrReplace(new AddedToken(id.Integer(), content, isSpecial, !isSpecial) { Place = contents.Place });
        }
    }

    /// <summary>Words of the vocabulary that have a role.</summary>
    public void AddWords(IEnumerable<(string Spelling, int Id)> entries, IReadOnlySet<string> special, JsonField config)
    {
        foreach ((string spelling, int id) in entries.Where(entry => special.Contains(entry.Spelling)))
        {
            if (!_byContent.ContainsKey(spelling))
                Add(new AddedToken(id, spelling, Special: true, Normalized: false) { Place = config.Place });
        }
    }

    private static AddedToken Read(JsonField token, int id, JsonField list)
    {
        foreach (string flag in (string[])["lstrip", "rstrip", "single_word"]) token.RequireFalse(flag);
        JsonField content = token.Member("content");
        if (content.Text().Length == 0) throw content.Error("is empty");
        bool special = token.Flag("special", otherwise: false);
        bool normalized = token.Flag("normalized", otherwise: !special);
        return new AddedToken(id, content.Text(), special, normalized) { Place = list.Place };
    }

    /// <summary>Adds a token of a second file. It may differ from the first file's in its flags only.</summary>
    private void AddOrReplace(AddedToken token)
    {
        bool stated = _byContent.TryGetValue(token.Content, out AddedToken first) && first.Place != token.Place;
        if (!stated) Add(token);
        else if (first.Id != token.Id)
            throw Error(token, $"has the id {token.Id}, but {first.Id} in {first.Place.File}");
        else _byContent[token.Content] = _byId[token.Id] = token;
    }

    private void Add(AddedToken token)
    {
        if (_byContent.Count == MostTokens) throw Error(token, $"is one of more than {MostTokens} added tokens");
        _characters = token.Content.Length > MostCharacters ? MostCharacters + 1 : _characters + token.Content.Length;
        if (_characters > MostCharacters)
            throw Error(token, $"makes the added tokens longer than {MostCharacters} characters together");
        if (_byId.TryGetValue(token.Id, out AddedToken other))
        {
            string where = other.Place == token.Place ? "" : $" in {other.Place.File}";
            throw Error(token, $"has the id {token.Id} of another token, {Quote(other.Content)}{where}");
        }

        if (!_byContent.TryAdd(token.Content, token)) throw Error(token, "appears twice");
        _byId.Add(token.Id, token);
    }

    private static TokenizerException Error(AddedToken token, string problem) =>
        new(token.Place.File, token.Place.Field, $"{Quote(token.Content)} {problem}");
}
