namespace PlannedDiffusion.Engine;

/// <summary>Makes the settled text of a request from its ids.</summary>
/// <param name="tokens">Which tokens are text.</param>
/// <param name="isFound">True if the text comes as <see cref="TextFound"/>, and tokens are of no interest.</param>
internal sealed class AnswerReader(AnswerTokens tokens, bool isFound = false)
{
    private readonly SettledText _text = new(tokens);
    private int? _round;
    private int _written = -1, _length; // the part that grows at its end, and the number of its tokens
    private int _spans; // the number of the part of the round's first span

    /// <summary>The text that the entry settles; empty if there is none.</summary>
    public string Read(ProgressEntry entry)
    {
        if (isFound) return entry is TextFound found ? found.Text.ToString() : "";
        switch (entry)
        {
            case TokensWritten written:
                Begin(written.Round);
                foreach ((int id, _) in written.Tokens) Append(id);
                break;
            case SpansLaidOut laidOut:
                LayOut(laidOut.Round, laidOut.Lengths.AsSpan());
                break;
            case TokensRevealed revealed:
                Reveal(revealed.Span, revealed.Tokens);
                break;
            default:
                return "";
        }

        return Take();
    }

    /// <summary>The same as a list.</summary>
    public IEnumerable<string> Pieces(ProgressEntry entry) => Read(entry) is { Length: > 0 } piece ? [piece] : [];

    /// <summary>Further tokens of a plan, or of an answer without rounds (null).</summary>
    public void Write(int? round, ReadOnlySpan<int> ids)
    {
        if (ids.IsEmpty) return;
        Begin(round);
        foreach (int id in ids) Append(id);
    }

    /// <summary>The spans of a round, or of an answer without rounds (null).</summary>
    public void LayOut(int? round, ReadOnlySpan<int> lengths)
    {
        EndWriting();
        AnswerPart part = round is null ? AnswerPart.FixedText : AnswerPart.Span;
        for (int span = 0; span < lengths.Length; span++)
        {
            int opened = _text.Open(part, lengths[span]);
            if (span == 0) _spans = opened;
        }
    }

    /// <summary>New tokens of a span of the round, with their positions in it.</summary>
    public void Reveal(int span, List<(int At, int Id)> revealed)
    {
        foreach ((int at, int id) in revealed) _text.Reveal(_spans + span, at, id);
    }

    /// <inheritdoc cref="SettledText.Take"/>
    public string Take() => _text.Take();

    private void Begin(int? round)
    {
        if (_written >= 0 && _round == round) return;
        EndWriting();
        _written = _text.Open(round is null ? AnswerPart.Text : AnswerPart.Plan);
        _length = 0;
        _round = round;
    }

    private void Append(int id) => _text.Reveal(_written, _length++, id);

    private void EndWriting()
    {
        if (_written >= 0) _text.Close(_written, _length);
        _written = -1;
    }
}
