using PlannedDiffusion.Cli.Commands;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Benchmarks;

/// <summary>One of several ways to decode the same request.</summary>
/// <param name="Decoder">How.</param>
/// <param name="Drafts">The drafts; null for the decoder's own.</param>
internal readonly record struct DecodingWay(DecoderKind Decoder, Drafts? Drafts = null)
{
    /// <summary>True for one token at a time, each in a pass of its own: what the others are held against.</summary>
    public bool IsBaseline => Decoder == DecoderKind.Autoregressive && Drafts is not Decoding.Drafts.PromptLookup;

    /// <summary>The decoder's name; one token at a time with drafts has another.</summary>
    public string Name => Drafts is Decoding.Drafts.PromptLookup ? "ar-lookup" : DecodingOptions.Name(Decoder);
}
