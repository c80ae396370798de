using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>Makes the listener of a request, once its sequence is open.</summary>
/// <param name="events">Where to tell what is heard.</param>
/// <param name="sequence">The sequence.</param>
internal delegate IProgressListener ProgressListening(EventQueue events, Sequence sequence);

/// <summary>
/// Hears what the passes of a request have changed, in ids; called by the engine's thread. An answer without rounds is
/// told with null for the round: one token after the other, or as one span.
/// </summary>
internal interface IProgressListener
{
    /// <summary>Tokens of a plan, or of the answer, stand behind those told before.</summary>
    /// <param name="round">The plan's round.</param>
    /// <param name="ids">The tokens.</param>
    /// <param name="drafted">How many of the first of them were guessed.</param>
    void Written(DecodingRound? round, ReadOnlySpan<int> ids, int drafted);

    /// <summary>Spans are laid out: all their tokens are masks.</summary>
    /// <param name="round">The round.</param>
    /// <param name="lengths">Their tokens.</param>
    void LaidOut(DecodingRound? round, ReadOnlySpan<int> lengths);

    /// <summary>More of a span is revealed; what is revealed never changes.</summary>
    /// <param name="round">The span's round.</param>
    /// <param name="span">Its number.</param>
    /// <param name="step">Denoise steps done in the round.</param>
    /// <param name="ids">All its tokens.</param>
    /// <param name="revealed">How many of them are no masks.</param>
    void Revealed(DecodingRound? round, int span, int step, ReadOnlySpan<int> ids, int revealed);

    /// <summary>There is nothing more to tell but the result.</summary>
    void Completed(GenerationResult result);
}
