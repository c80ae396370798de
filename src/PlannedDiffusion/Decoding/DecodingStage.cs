using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding;

/// <summary>What a forward pass of a sequence is for.</summary>
public enum DecodingStage
{
    /// <summary>Computes the prompt (or a part of it), and with its last row predicts the first token.</summary>
    Prefill,

    /// <summary>Writes one more token of an autoregressive answer.</summary>
    Autoregressive,

    /// <summary>Writes one more token of a plan.</summary>
    Plan,

    /// <summary>Reveals tokens in the spans of a round, or in a plain diffusion answer.</summary>
    Denoise,

    /// <summary>Computes the sync token after a round: the first pass of the next plan.</summary>
    Sync,
}

/// <summary>One forward pass as a sequence took part in it.</summary>
/// <param name="Stage">What it was for.</param>
/// <param name="Rows">Rows of this sequence that it computed.</param>
/// <param name="Drafted">How many of these were for tokens that were guessed ahead.</param>
/// <param name="Kept">
/// How many passes the guesses saved: guessed tokens that came out as guessed, with one more token behind them.
/// </param>
public readonly record struct DecodingPass(DecodingStage Stage, int Rows, int Drafted = 0, int Kept = 0);

internal static class DecodingStages
{
    /// <summary>The stage as a runner knows it; both have the same names in the same order.</summary>
    public static StepStages Flag(this DecodingStage stage) => (StepStages)(1 << (int)stage);
}
