using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>What the next tokens of a text are guessed from.</summary>
internal enum DraftKind
{
    None,
    Grammar,
    Lookup,
}

/// <summary>Drafts of a way to decode.</summary>
internal static class DraftKinds
{
    /// <summary>Those of some options.</summary>
    public static DraftKind Of(DecodingOptions decoding) => decoding switch
    {
        PlannedOptions { DraftPlans: true } => DraftKind.Grammar,
        AutoregressiveOptions { PromptLookup: true } => DraftKind.Lookup,
        _ => DraftKind.None,
    };

    /// <summary>The word for those of some options.</summary>
    public static string Word(DecodingOptions decoding) => DecodingWords.Drafts.Of(Of(decoding));

    /// <summary>True if a way to decode can have them, or does without any.</summary>
    public static bool Fit(DraftKind kind, DecodingOptions decoding) => kind switch
    {
        DraftKind.Grammar => decoding is PlannedOptions,
        DraftKind.Lookup => decoding is AutoregressiveOptions,
        _ => true,
    };

    /// <summary>The decoders that can have them, in words.</summary>
    public static string Needs(DraftKind kind) => kind == DraftKind.Lookup ? "ar" : "planned, sparse or dense";

    /// <summary>The same options with these drafts, or without any; as they are where the drafts do not fit.</summary>
    public static DecodingOptions With(DecodingOptions decoding, DraftKind kind) => decoding switch
    {
        PlannedOptions planned when Fit(kind, decoding) => planned with { DraftPlans = kind == DraftKind.Grammar },
        AutoregressiveOptions text when Fit(kind, decoding) => text with { PromptLookup = kind == DraftKind.Lookup },
        _ => decoding,
    };
}
