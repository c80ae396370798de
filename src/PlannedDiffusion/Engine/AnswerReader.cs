namespace PlannedDiffusion.Engine;

/// <summary>Makes the settled text of a request from the ids of <see cref="ProgressTokens"/>.</summary>
/// <param name="tokens">Which tokens are text.</param>
/// <param name="isTold">True if the text comes as <see cref="TextSettled"/>, and tokens are of no interest.</param>
internal sealed class AnswerReader(AnswerTokens tokens, bool isTold = false)
{
    private readonly SettledText _text = new(tokens);
    private int? _round;
    private int _written = -1, _length; // the part that grows at its end, and the number of its tokens
    private int _spans; // the number of the part of the round's first span

    /// <summary>The text that the event settles; null if there is none.</summary>
    public string? Read(GenerationEvent happened)
    {
        if (isTold) return (happened as TextSettled)?.Text;
        switch (happened)
        {
            case TokensWritten { Tokens: var ids } written:
                if (_written < 0 || _round != written.Round) BeginWriting(written.Round);
                foreach (int id in ids) _text.Reveal(_written, _length++, id);
                break;
            case SpansLaidOut { Lengths: var lengths } laidOut:
                EndWriting();
                AnswerPart part = laidOut.Round is null ? AnswerPart.FixedText : AnswerPart.Span;
                for (int span = 0; span < lengths.Length; span++)
                {
                    int opened = _text.Open(part, lengths[span]);
                    if (span == 0) _spans = opened;
                }

                break;
            case TokensRevealed { Places: var places } revealed:
                for (int i = 0; i < places.Length; i++)
                    _text.Reveal(_spans + revealed.Span, places[i], revealed.Tokens[i]);
                break;
            default:
                return null;
        }

        return _text.Take() is { Length: > 0 } text ? text : null;
    }

    /// <summary>What of the event is for everybody: the text that it has settled, or itself.</summary>
    public GenerationEvent? Settled(GenerationEvent happened) => happened switch
    {
        _ when Read(happened) is { } text => new TextSettled(text),
        TokensWritten or SpansLaidOut or TokensRevealed => null,
        _ => happened,
    };

    private void BeginWriting(int? round)
    {
        EndWriting();
        _written = _text.Open(round is null ? AnswerPart.Text : AnswerPart.Plan);
        _length = 0;
        _round = round;
    }

    private void EndWriting()
    {
        if (_written >= 0) _text.Close(_written, _length);
        _written = -1;
    }
}
