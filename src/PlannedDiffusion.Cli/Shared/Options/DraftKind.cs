using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The source of drafts, that is, of guesses of the next tokens.</summary>
internal enum DraftKind
{
    None,
    Grammar,
    Lookup,
}

/// <summary>The drafts of decoders.</summary>
internal static class DraftKinds
{
    /// <summary>The drafts of some options.</summary>
    public static DraftKind Of(DecodingOptions decoding) => decoding switch
    {
        PlannedOptions { DraftPlans: true } => DraftKind.Grammar,
        AutoregressiveOptions { PromptLookup: true } => DraftKind.Lookup,
        _ => DraftKind.None,
    };

    /// <summary>The word for the drafts of some options.</summary>
    public static string Word(DecodingOptions decoding) => DecodingWords.Drafts.Of(Of(decoding));

    /// <summary>True if the decoder supports them. All decoders support none.</summary>
    public static bool Fit(DraftKind kind, DecodingOptions decoding) => kind switch
    {
        DraftKind.Grammar => decoding is PlannedOptions or AutoOptions,
        DraftKind.Lookup => decoding is AutoregressiveOptions or AutoOptions,
        _ => true,
    };

    /// <summary>The names of the decoders that support them.</summary>
    public static string Needs(DraftKind kind) => kind == DraftKind.Lookup ? "ar" : "planned, sparse or dense";

    /// <summary>The options with these drafts; unchanged if the decoder does not support them.</summary>
    public static DecodingOptions With(DecodingOptions decoding, DraftKind kind) => decoding switch
    {
        PlannedOptions planned when Fit(kind, decoding) => planned with { DraftPlans = kind == DraftKind.Grammar },
        AutoregressiveOptions text when Fit(kind, decoding) => text with { PromptLookup = kind == DraftKind.Lookup },
        AutoOptions auto => auto with
        {
            Planned = (PlannedOptions)With(auto.Planned, kind),
            Autoregressive = (AutoregressiveOptions)With(auto.Autoregressive, kind),
        },
        _ => decoding,
    };
}
