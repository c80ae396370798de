using PlannedDiffusion.Decoding;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>Turns progress into the public events, with text.</summary>
internal sealed class ProgressEvents(EventQueue events, Sequence sequence, SpanText text) : IProgressListener
{
    private readonly StreamingDetokenizer _stream = new(text.Tokens.Tokenizer);
    private readonly List<TextDelta> _held = []; // the last word with the white space after it, if there is any
    private readonly SpanReveals _reveals = new(text.Tokens.Mask);
    private bool _begun;

    public void Written(DecodingRound? round, ReadOnlySpan<int> ids, int drafted)
    {
        if (round is { IsGiven: true }) Tell(round, _stream.Append(ids), isDrafted: false);
        else
        {
            foreach (int id in ids)
            {
                bool isDrafted = drafted-- > 0;
                if (round is not null || text.Tokens.IsText(id, AnswerPart.Text))
                    Tell(round, _stream.Append(id), isDrafted);
            }
        }
    }

    public void LaidOut(DecodingRound? round, ReadOnlySpan<int> lengths)
    {
        _reveals.LayOut(lengths);
        if (round is not null)
            events.Write(new PlanReady(round.Index, text.Items(sequence, round), round.PlannedSteps));
    }

    public void Revealed(DecodingRound? round, int span, int step, ReadOnlySpan<int> ids, int revealed)
    {
        int index = round?.Index ?? 0;
        AnswerPart part = round is null ? AnswerPart.FixedText : AnswerPart.Span;
        var (at, tokens) = _reveals.Take(span, ids);
        events.Write(revealed < ids.Length
            ? new SpanProgress(index, span, step, revealed, ids.Length, text.WithGaps(ids))
            {
                At = at,
                Tokens = tokens,
            }
            : new SpanCompleted(index, span, step, AnswerText.Of(text.Tokens, part, ids))
            {
                At = at,
                Tokens = tokens,
            });
    }

    public void Completed(GenerationResult result)
    {
        if (_held is [var last, ..] && last.Text.TrimEnd() is { Length: > 0 } word)
            events.Write(last with { Text = word });
        events.Write(new Completed(result));
    }

    private void Tell(DecodingRound? round, string delta, bool isDrafted)
    {
        if (round is null && !_begun) delta = delta.TrimStart();
        if (delta.Length == 0) return;
        _begun = true;
        if (round is null) Hold(new TextDelta(delta) { Drafted = isDrafted });
        else events.Write(new PlanDelta(round.Index, delta) { Drafted = isDrafted });
    }

    /// <summary>
    /// White space at the end of an answer does not belong to it, so it is held until more text follows.
    /// </summary>
    private void Hold(TextDelta delta)
    {
        if (!string.IsNullOrWhiteSpace(delta.Text)) Release();
        _held.Add(delta);
        if (!char.IsWhiteSpace(delta.Text[^1])) Release();
    }

    private void Release()
    {
        foreach (TextDelta delta in _held) events.Write(delta);
        _held.Clear();
    }
}
