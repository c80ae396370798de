using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Tells ids, for a reader who makes the text, and beside them the plans and spans that are complete, or all that
/// happens.
/// </summary>
internal sealed class SettledEvents(EventQueue events, Sequence sequence, SpanText text, bool reveals)
    : IProgressListener
{
    private readonly ProgressTokens _tokens = new(events.Write, text.Tokens.Mask);
    private readonly ProgressEvents _all = new(events, sequence, text);

    public void Written(DecodingRound? round, ReadOnlySpan<int> ids, int drafted)
    {
        _tokens.Written(round, ids, drafted);
        if (reveals && round is not null) _all.Written(round, ids, drafted);
    }

    public void LaidOut(DecodingRound? round, ReadOnlySpan<int> lengths)
    {
        _tokens.LaidOut(round, lengths);
        _all.LaidOut(round, lengths);
    }

    public void Revealed(DecodingRound? round, int span, int step, ReadOnlySpan<int> ids, int revealed)
    {
        _tokens.Revealed(round, span, step, ids, revealed);
        if (reveals || revealed == ids.Length) _all.Revealed(round, span, step, ids, revealed);
    }

    public void Completed(GenerationResult result) => _tokens.Completed(result);
}
