namespace PlannedDiffusion.Forward;

/// <summary>The purpose of a step's rows. It is for observers only; nothing depends on it.</summary>
[Flags]
public enum StepStages
{
    /// <summary>Not stated.</summary>
    None = 0,

    /// <summary>A prompt, or a part of it.</summary>
    Prefill = 1,

    /// <summary>One more token of an autoregressive answer.</summary>
    Autoregressive = 2,

    /// <summary>One more token of a plan.</summary>
    Plan = 4,

    /// <summary>Tokens of spans, or of a plain diffusion answer.</summary>
    Denoise = 8,

    /// <summary>The sync token after a round.</summary>
    Sync = 16,
}
