using System.CommandLine;
using PlannedDiffusion.Cli.Benchmarks;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Commands;

/// <summary>The option that says which tokens are drafted.</summary>
internal sealed class DraftsOption
{
    private static readonly (Drafts Kind, string Word, string Decoders)[] Words =
    [
        (Drafts.None, "none", ""),
        (Drafts.PlanGrammar, "grammar", "planned, sparse or dense"),
        (Drafts.PromptLookup, "lookup", "ar"),
    ];

    private readonly Option<string?> _drafts = new("--drafts")
    {
        Description = "Tokens that are guessed ahead and checked in a pass that runs anyway, which saves passes and " +
            "changes no answer: by the grammar of plans, as planned, sparse and dense do without this option, or by " +
            "what followed the same three tokens before, for ar.",
    };

    public DraftsOption() => OptionGrammar.AcceptOnly(_drafts, [.. Words.Select(known => known.Word)]);

    /// <summary>The drafts and the words for them.</summary>
    public static IEnumerable<(Drafts Kind, string Word)> Names => Words.Select(known => (known.Kind, known.Word));

    /// <summary>The word for the drafts of some options.</summary>
    public static string Word(GenerationOptions options) =>
        Words.First(known => known.Kind == options.DraftsOrDefault).Word;

    public void AddTo(Command command) => command.Add(_drafts);

    /// <summary>The drafts for a way to decode; null for its own.</summary>
    /// <exception cref="UsageException">They do not fit it.</exception>
    public Drafts? Read(ParseResult parse, DecoderKind decoder)
    {
        if (parse.GetValue(_drafts) is not { } word) return null;
        (Drafts kind, _, string decoders) = Words.First(known => known.Word == word);
        return Fit(kind, decoder) ? kind : throw new UsageException(
            $"--drafts {word} does not fit --decoder {DecodingOptions.Name(decoder)}: it needs {decoders}");
    }

    /// <summary>Several ways to decode, which have the drafts if they fit them, and else their own.</summary>
    /// <exception cref="UsageException">They fit none of them.</exception>
    public DecodingWay[] ReadWays(ParseResult parse, IReadOnlyList<DecoderKind> decoders)
    {
        if (parse.GetValue(_drafts) is not { } word) return [.. decoders.Select(decoder => new DecodingWay(decoder))];
        (Drafts kind, _, string needs) = Words.First(known => known.Word == word);
        if (!decoders.Any(decoder => Fit(kind, decoder)))
            throw new UsageException($"--drafts {word} fits none of --decoders: it needs {needs}");
        return [.. decoders.Select(decoder => new DecodingWay(decoder, Fit(kind, decoder) ? kind : null))];
    }

    /// <summary>True if drafts are of use to a way to decode.</summary>
    public static bool Fit(Drafts kind, DecoderKind decoder) => kind switch
    {
        Drafts.PlanGrammar => MeasuredRequest.Plans(decoder),
        Drafts.PromptLookup => decoder == DecoderKind.Autoregressive,
        _ => true,
    };
}
