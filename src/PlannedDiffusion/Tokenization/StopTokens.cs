using System.Collections.Immutable;
using System.Text.Json;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Tokenization;

/// <summary>A token that ends an answer.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its content; empty for an id of the model without a token in the vocabulary.</param>
/// <param name="NamedBy">The files that name it; none if only the family's convention does.</param>
public sealed record StopToken(int Id, string Content, ImmutableArray<string> NamedBy);

/// <summary>
/// The tokens that end an answer: all that <c>config.json</c>, <c>generation_config.json</c> and
/// <c>tokenizer_config.json</c> name as <c>eos_token_id</c> or <c>eos_token</c>, and <c>&lt;|im_end|&gt;</c> and
/// <c>&lt;|endoftext|&gt;</c> where the vocabulary has them.
/// </summary>
public sealed class StopTokens
{
    private const int MostPerField = 1000;

    private static readonly string[] FileNames = ["config.json", "generation_config.json", "tokenizer_config.json"];
    private static readonly string[] Fields = ["eos_token_id", "eos_token"];
    private static readonly string[] Family = ["<|im_end|>", "<|endoftext|>"];

    private readonly Tokenizer _tokenizer;
    private readonly List<StopToken> _tokens = [];

    private StopTokens(Tokenizer tokenizer) => _tokenizer = tokenizer;

    /// <summary>The tokens, those of files first. No id appears twice.</summary>
    public IReadOnlyList<StopToken> Tokens => _tokens;

    /// <summary>Their ids.</summary>
    public ImmutableArray<int> Ids => [.. _tokens.Select(token => token.Id)];

    /// <summary>The stop tokens of the family, for a tokenizer without a checkpoint folder.</summary>
    public static StopTokens OfFamily(Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var stops = new StopTokens(tokenizer);
        foreach (string content in Family)
        {
            if (tokenizer.AddedTokenId(content) is { } id) stops.Add(id, []);
        }

        return stops;
    }

    /// <summary>The stop tokens of a checkpoint folder and of the family.</summary>
    /// <param name="directory">The folder. Its files are optional.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="vocabularySize">The number of ids of the model.</param>
    /// <exception cref="TokenizerException">
    /// A file is malformed, or names something that is not in the vocabulary. The message has file and field.
    /// </exception>
    public static StopTokens Read(string directory, Tokenizer tokenizer, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var stops = new StopTokens(tokenizer);
        foreach (string path in FileNames.Select(name => Path.Combine(directory, name)).Where(RegularFile.Exists))
        {
            using JsonDocument document = JsonField.Open(path);
            JsonField root = JsonField.Root(path, document);
            foreach (JsonField stop in Fields.SelectMany(field => Named(root, field)))
                stops.Add(stops.Id(stop, vocabularySize), [root.File]);
        }

        foreach (StopToken family in OfFamily(tokenizer).Tokens) stops.Add(family.Id, []);
        return stops;
    }

    // One or a list of them.
    private static JsonField[] Named(JsonField root, string field)
    {
        if (root.Optional(field) is not { } value) return [];
        if (!value.IsList) return [value];
        JsonField[] several = [.. value.Items().Take(MostPerField + 1)];
        return several.Length <= MostPerField ? several : throw value.Error($"has more than {MostPerField} tokens");
    }

    /// <summary>A token is written as its id, its content, or an object with its content.</summary>
    private int Id(JsonField stop, int vocabularySize)
    {
        int id = stop.IsNumber ? stop.Integer() : Find(stop);
        return (uint)id < (uint)vocabularySize
            ? id : throw stop.Error($"is {id}, but the ids of the model are 0 to {vocabularySize - 1}");
    }

    private int Find(JsonField stop)
    {
        string content = stop.Content();
        return _tokenizer.TokenId(content)
            ?? throw stop.Error($"{MessageText.Quote(content)} is not in the vocabulary");
    }

    private void Add(int id, ImmutableArray<string> files)
    {
        int known = _tokens.FindIndex(token => token.Id == id);
        if (known < 0) _tokens.Add(new StopToken(id, _tokenizer.Decode([id]), files));
        else if (files is [string file] && !_tokens[known].NamedBy.Contains(file))
            _tokens[known] = _tokens[known] with { NamedBy = [.. _tokens[known].NamedBy, file] };
    }
}
