namespace PlannedDiffusion.Forward;

/// <summary>What the rows of a step are for. Nothing depends on it: it is for those who watch the steps.</summary>
[Flags]
public enum StepStages
{
    /// <summary>Nobody said.</summary>
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
