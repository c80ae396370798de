using System.Collections.Immutable;
using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Receives the changes that the passes of a request make, as ids, on the engine's thread. For an answer without rounds
/// the round is null: its tokens come one after the other, or as one span.
/// </summary>
internal interface IProgressListener
{
    /// <summary>Further tokens of a plan, or of the answer.</summary>
    /// <param name="round">The plan's round.</param>
    /// <param name="ids">The tokens.</param>
    /// <param name="drafted">The number of drafts, which come first.</param>
    void Written(DecodingRound? round, ReadOnlySpan<int> ids, int drafted);

    /// <summary>The spans of a round are laid out. All their tokens are masks.</summary>
    /// <param name="round">The round.</param>
    /// <param name="lengths">The number of tokens of each span.</param>
    /// <param name="promises">What the plan promises of each span; none without a plan.</param>
    void LaidOut(DecodingRound? round, ReadOnlySpan<int> lengths, ImmutableArray<Promise> promises);

    /// <summary>More tokens of a span are revealed. Revealed tokens never change.</summary>
    /// <param name="round">The span's round.</param>
    /// <param name="span">Its number.</param>
    /// <param name="step">Denoise steps done in the round.</param>
    /// <param name="ids">All its tokens.</param>
    /// <param name="revealed">The number of tokens that are not masks.</param>
    void Revealed(DecodingRound? round, int span, int step, ReadOnlySpan<int> ids, int revealed);

    /// <summary>The answer is complete.</summary>
    void Completed(FinishedAnswer answer);
}
