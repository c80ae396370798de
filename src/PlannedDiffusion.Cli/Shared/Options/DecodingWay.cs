using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The decoding options of one of several runs of the same request.</summary>
/// <param name="Decoding">The options.</param>
internal readonly record struct DecodingWay(DecodingOptions Decoding)
{
    /// <summary>True for autoregressive decoding without drafts, the baseline of comparisons.</summary>
    public bool IsBaseline => Decoding is AutoregressiveOptions { PromptLookup: false };

    /// <summary>The decoder's name, but <c>ar-lookup</c> for autoregressive decoding with drafts.</summary>
    public string Name => Decoding is AutoregressiveOptions { PromptLookup: true }
        ? "ar-lookup" : DecoderName.Of(Decoding).Text;
}
