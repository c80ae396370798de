using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Decoding.Planning;

/// <summary>
/// The token ids that control planned diffusion. They are looked up in a vocabulary by their content; no id is fixed. A
/// vocabulary without these tags (plain Qwen2.5 or Dream) has no <see cref="ControlTokens"/>.
/// </summary>
public sealed record ControlTokens
{
    private readonly ImmutableArray<int> _digits;

    /// <summary>Ends the answer: <c>&lt;|im_end|&gt;</c>.</summary>
    public required int End { get; init; }

    /// <summary>Ends a document: <c>&lt;|endoftext|&gt;</c>; null if the vocabulary has none.</summary>
    public int? EndOfText { get; init; }

    /// <summary>A position that is not yet revealed: <c>&lt;|mask|&gt;</c>.</summary>
    public required int Mask { get; init; }

    /// <summary>Opens a span: <c>&lt;async&gt;</c>.</summary>
    public required int AsyncStart { get; init; }

    /// <summary>Closes a span: <c>&lt;/async&gt;</c>.</summary>
    public required int AsyncEnd { get; init; }

    /// <summary>Opens a promise of the plan: the single token <c>&lt;promise&gt;-&lt;topic&gt;</c>.</summary>
    public required int PromiseStart { get; init; }

    /// <summary>Closes a promise: <c>&lt;/topic&gt;</c>.</summary>
    public required int PromiseEnd { get; init; }

    /// <summary>Requests another round: <c>&lt;sync/&gt;</c>.</summary>
    public required int Sync { get; init; }

    /// <summary>Fills a span after its text: <c>[PAD]</c>.</summary>
    public required int Pad { get; init; }

    /// <summary>The token of a single blank; null if the vocabulary has none.</summary>
    public int? Blank { get; init; }

    /// <summary>The ids of the digits 0 to 9, in order.</summary>
    /// <exception cref="ArgumentException">There are not exactly ten.</exception>
    public required ImmutableArray<int> Digits
    {
        get => _digits;
        init => _digits = !value.IsDefault && value.Length == 10
            ? value
            : throw new ArgumentException("Digits needs exactly the ten ids of \"0\" to \"9\".", nameof(value));
    }

    /// <summary>The value 0 to 9 of a digit token; -1 for every other token.</summary>
    public int DigitValue(int id) => Digits.IndexOf(id);

    /// <summary>Reads the ids from a vocabulary.</summary>
    /// <exception cref="TokenizerException">Tags or digits are missing. The message names each.</exception>
    public static ControlTokens FromTokenizer(Tokenizer tokenizer)
    {
        var missing = new List<string>();
        return Read(tokenizer, missing) ?? throw new TokenizerException(
            "tokenizer", "added tokens", $"planned diffusion needs {string.Join(", ", missing)}");
    }

    /// <summary>Reads the ids from a vocabulary; false if some are missing, as in plain Qwen2.5 or Dream.</summary>
    public static bool TryFromTokenizer(Tokenizer tokenizer, [NotNullWhen(true)] out ControlTokens? tokens)
    {
        tokens = Read(tokenizer, []);
        return tokens is not null;
    }

    private static ControlTokens? Read(Tokenizer tokenizer, List<string> missing)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var tokens = new ControlTokens
        {
            End = Tag("<|im_end|>"),
            EndOfText = tokenizer.AddedTokenId("<|endoftext|>"),
            Mask = Tag("<|mask|>"),
            AsyncStart = Tag("<async>"),
            AsyncEnd = Tag("</async>"),
            PromiseStart = Tag("<promise>-<topic>"),
            PromiseEnd = Tag("</topic>"),
            Sync = Tag("<sync/>"),
            Pad = Tag("[PAD]"),
            Blank = tokenizer.TokenId("\u0120"),
            Digits = [.. Enumerable.Range(0, 10).Select(digit => Id($"{digit}", tokenizer.TokenId($"{digit}")))],
        };
        return missing.Count == 0 ? tokens : null;

        // A tag must be an added token: users cannot type these.
        int Tag(string content) => Id(content, tokenizer.AddedTokenId(content));

        int Id(string content, int? id)
        {
            if (id is null) missing.Add(content);
            return id ?? -1;
        }
    }
}
