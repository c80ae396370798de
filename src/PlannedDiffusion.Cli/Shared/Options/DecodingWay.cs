using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>One of several ways to decode the same request.</summary>
/// <param name="Decoding">How.</param>
internal readonly record struct DecodingWay(DecodingOptions Decoding)
{
    /// <summary>True for one token at a time, each in a pass of its own: what the others are held against.</summary>
    public bool IsBaseline => Decoding is AutoregressiveOptions { PromptLookup: false };

    /// <summary>The decoder's name; one token at a time with drafts has another.</summary>
    public string Name => Decoding is AutoregressiveOptions { PromptLookup: true }
        ? "ar-lookup" : DecoderName.Of(Decoding).Text;
}
