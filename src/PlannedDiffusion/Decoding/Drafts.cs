namespace PlannedDiffusion.Decoding;

/// <summary>
/// What the next tokens of a text are guessed from. Guesses change no token: each is compared with what the model
/// writes, in a pass that runs anyway.
/// </summary>
public enum Drafts
{
    /// <summary>Nothing is guessed: a pass writes one token.</summary>
    None,

    /// <summary>The grammar of a plan, and the number of the promise before. For planned decoding.</summary>
    PlanGrammar,

    /// <summary>
    /// What followed the last three tokens where they stood before, in the prompt or in the answer. For autoregressive
    /// decoding.
    /// </summary>
    PromptLookup,
}
