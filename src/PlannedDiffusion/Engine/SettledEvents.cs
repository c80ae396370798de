using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Tells ids, for a reader who makes the text, and beside them the plans and spans that are complete.
/// </summary>
internal sealed class SettledEvents(EventQueue events, Sequence sequence, SpanText text) : IProgressListener
{
    private readonly ProgressTokens _tokens = new(events.Write, text.Tokens.Mask);

    public void Written(DecodingRound? round, ReadOnlySpan<int> ids, int drafted) =>
        _tokens.Written(round, ids, drafted);

    public void LaidOut(DecodingRound? round, ReadOnlySpan<int> lengths)
    {
        _tokens.LaidOut(round, lengths);
        if (round is not null)
            events.Write(new PlanReady(round.Index, text.Items(sequence, round), round.PlannedSteps));
    }

    public void Revealed(DecodingRound? round, int span, int step, ReadOnlySpan<int> ids, int revealed)
    {
        _tokens.Revealed(round, span, step, ids, revealed);
        if (revealed < ids.Length) return;
        AnswerPart part = round is null ? AnswerPart.FixedText : AnswerPart.Span;
        events.Write(new SpanCompleted(round?.Index ?? 0, span, step, AnswerText.Of(text.Tokens, part, ids)));
    }

    public void Completed(GenerationResult result) => _tokens.Completed(result);
}
