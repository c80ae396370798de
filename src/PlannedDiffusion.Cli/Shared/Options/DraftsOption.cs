using System.CommandLine;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>What the next tokens of a text are guessed from.</summary>
internal enum DraftKind
{
    None,
    Grammar,
    Lookup,
}

/// <summary>The option that says which tokens are drafted.</summary>
internal sealed class DraftsOption
{
    private static readonly (DraftKind Kind, string Word, string Decoders)[] Words =
    [
        (DraftKind.None, "none", ""),
        (DraftKind.Grammar, "grammar", "planned, sparse or dense"),
        (DraftKind.Lookup, "lookup", "ar"),
    ];

    private readonly Option<string?> _drafts = new("--drafts")
    {
        Description = "Tokens that are guessed ahead and checked in a pass that runs anyway, which saves passes and " +
            "changes no answer: by the grammar of plans, as planned, sparse and dense do without this option, or by " +
            "what followed the same three tokens before, for ar.",
    };

    public DraftsOption() => OptionGrammar.AcceptOnly(_drafts, [.. Words.Select(known => known.Word)]);

    /// <summary>The drafts and the words for them.</summary>
    public static IEnumerable<(DraftKind Kind, string Word)> Names => Words.Select(known => (known.Kind, known.Word));

    /// <summary>The word for the drafts of some options.</summary>
    public static string Word(DecodingOptions decoding)
    {
        DraftKind kind = decoding switch
        {
            PlannedOptions { DraftPlans: true } => DraftKind.Grammar,
            AutoregressiveOptions { PromptLookup: true } => DraftKind.Lookup,
            _ => DraftKind.None,
        };
        return Words.First(known => known.Kind == kind).Word;
    }

    /// <summary>The same with these drafts, or without any; as it is where they do not fit.</summary>
    public static DecodingOptions With(DecodingOptions decoding, DraftKind kind) => decoding switch
    {
        PlannedOptions planned when Fit(kind, decoding) => planned with { DraftPlans = kind == DraftKind.Grammar },
        AutoregressiveOptions text when Fit(kind, decoding) => text with { PromptLookup = kind == DraftKind.Lookup },
        _ => decoding,
    };

    public void AddTo(Command command) => command.Add(_drafts);

    /// <summary>The options with the drafts that were asked for; without the option, as they are.</summary>
    /// <exception cref="UsageException">They do not fit.</exception>
    public DecodingOptions Read(ParseResult parse, DecodingOptions decoding)
    {
        if (parse.GetValue(_drafts) is not { } word) return decoding;
        (DraftKind kind, _, string decoders) = Words.First(known => known.Word == word);
        return Fit(kind, decoding) ? With(decoding, kind) : throw new UsageException(
            $"--drafts {word} does not fit --decoder {DecoderName.Of(decoding)}: it needs {decoders}");
    }

    /// <summary>Several ways to decode, which have the drafts if they fit them, and else their own.</summary>
    /// <exception cref="UsageException">They fit none of them.</exception>
    public DecodingWay[] ReadWays(ParseResult parse, IReadOnlyList<DecodingOptions> decoders)
    {
        if (parse.GetValue(_drafts) is not { } word) return [.. decoders.Select(decoder => new DecodingWay(decoder))];
        (DraftKind kind, _, string needs) = Words.First(known => known.Word == word);
        if (!decoders.Any(decoder => Fit(kind, decoder)))
            throw new UsageException($"--drafts {word} fits none of --decoders: it needs {needs}");
        return [.. decoders.Select(decoder => new DecodingWay(With(decoder, kind)))];
    }

    /// <summary>True if drafts are of use to a way to decode.</summary>
    public static bool Fit(DraftKind kind, DecodingOptions decoding) => kind switch
    {
        DraftKind.Grammar => decoding is PlannedOptions,
        DraftKind.Lookup => decoding is AutoregressiveOptions,
        _ => true,
    };
}
