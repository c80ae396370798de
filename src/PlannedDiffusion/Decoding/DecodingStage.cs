using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>The purpose of a forward pass of a sequence.</summary>
public enum DecodingStage
{
    /// <summary>Computes the prompt, or a part of it. Its last row predicts the first token.</summary>
    Prefill,

    /// <summary>Writes one more token of an autoregressive answer.</summary>
    Autoregressive,

    /// <summary>Writes one more token of a plan.</summary>
    Plan,

    /// <summary>Reveals tokens in the spans of a round, or in a plain diffusion answer.</summary>
    Denoise,

    /// <summary>Computes the sync token after a round. This is the first pass of the next plan.</summary>
    Sync,
}

/// <summary>One forward pass of a sequence.</summary>
/// <param name="Stage">Its purpose.</param>
/// <param name="Rows">The rows of this sequence that it computed.</param>
/// <param name="Drafted">The number of these rows for drafted tokens.</param>
/// <param name="Kept">
/// The number of passes that drafts saved: accepted drafts, each of which is followed by one more token.
/// </param>
public readonly record struct DecodingPass(DecodingStage Stage, int Rows, int Drafted = 0, int Kept = 0);

internal static class DecodingStages
{
    /// <summary>The stage of a runner's step. Both enums have the same names in the same order.</summary>
    public static StepStages Flag(this DecodingStage stage) => (StepStages)(1 << (int)stage);
}
