using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Makes the settled text of a request with stop strings where the request is computed, because a string ends it. It
/// tells the text that is certain, before the events of the listener behind it.
/// </summary>
internal sealed class StopListener : IProgressListener
{
    private readonly StopMatcher _stops;
    private readonly AnswerReader _reader;
    private readonly ProgressTokens _tokens;
    private readonly IProgressListener? _next;
    private readonly Action<string>? _tell;
    private readonly bool _tellsWriting;

    /// <param name="stops">Looks for the strings.</param>
    /// <param name="tokens">Which tokens are text.</param>
    /// <param name="next">Who listens beside it; null for nobody.</param>
    /// <param name="events">Where to tell the text; null for nowhere.</param>
    /// <param name="isWritten">True for an answer of one token after the other.</param>
    public StopListener(
        StopMatcher stops, AnswerTokens tokens, IProgressListener? next, EventQueue? events, bool isWritten)
    {
        _stops = stops;
        _reader = new AnswerReader(tokens);
        _tokens = new ProgressTokens(Hear, tokens.Mask);
        _next = next;
        bool tellsAll = next is ProgressEvents;
        _tellsWriting = !(tellsAll && isWritten); // else its text would come before it is certain
        _tell = (events, tellsAll, isWritten) switch
        {
            (null, _, _) or (_, true, false) => null,
            (_, true, true) => text => events.Write(new TextDelta(text)),
            _ => text => events.Write(new TextSettled(text)),
        };
    }

    /// <summary>True once a string was found.</summary>
    public bool Found => _stops.Found;

    /// <summary>The text of the answer without the string.</summary>
    public string Text => _stops.Text;

    public void Written(DecodingRound? round, ReadOnlySpan<int> ids, int drafted)
    {
        _tokens.Written(round, ids, drafted);
        if (round is not null || _tellsWriting) _next?.Written(round, ids, drafted);
    }

    public void LaidOut(DecodingRound? round, ReadOnlySpan<int> lengths)
    {
        _tokens.LaidOut(round, lengths);
        _next?.LaidOut(round, lengths);
    }

    public void Revealed(DecodingRound? round, int span, int step, ReadOnlySpan<int> ids, int revealed)
    {
        _tokens.Revealed(round, span, step, ids, revealed);
        _next?.Revealed(round, span, step, ids, revealed);
    }

    /// <summary>Nothing more will be heard.</summary>
    public void End() => Tell(_stops.End());

    public void Completed(GenerationResult result) => _next?.Completed(result);

    private void Hear(GenerationEvent happened)
    {
        if (_reader.Read(happened) is { } text) Tell(_stops.Take(text));
    }

    private void Tell(string text)
    {
        if (text.Length > 0) _tell?.Invoke(text);
    }
}
