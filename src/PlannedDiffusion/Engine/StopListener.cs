using System.Collections.Immutable;
using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Makes the settled text of a request with stop strings where the request is computed, because a string ends it. It
/// tells the text that is certain, before the reader learns what settled it.
/// </summary>
internal sealed class StopListener : IProgressListener
{
    private readonly StopMatcher _stops;
    private readonly AnswerReader _reader;
    private readonly SpanReveals _reveals;
    private readonly ProgressQueue? _next;
    private readonly bool _tells;

    /// <param name="stops">Looks for the strings.</param>
    /// <param name="tokens">Which tokens are text.</param>
    /// <param name="next">What is told to the reader; null if there is none.</param>
    /// <param name="tells">True if the text is told as well.</param>
    public StopListener(StopMatcher stops, AnswerTokens tokens, ProgressQueue? next, bool tells)
    {
        _stops = stops;
        _reader = new AnswerReader(tokens);
        _reveals = new SpanReveals(tokens.Mask);
        _next = next;
        _tells = tells;
    }

    /// <summary>True once a string was found.</summary>
    public bool Found => _stops.Found;

    /// <summary>The text of the answer without the string.</summary>
    public string Text => _stops.Text;

    public void Written(DecodingRound? round, ReadOnlySpan<int> ids, int drafted)
    {
        _reader.Write(round?.Index, ids);
        Hear();
        // The tokens of an answer without rounds are text that may not be certain yet.
        if (round is not null) _next?.Written(round, ids, drafted);
    }

    public void LaidOut(DecodingRound? round, ReadOnlySpan<int> lengths, ImmutableArray<Promise> promises)
    {
        _reveals.LayOut(lengths);
        _reader.LayOut(round?.Index, lengths);
        Hear();
        _next?.LaidOut(round, lengths, promises);
    }

    public void Revealed(DecodingRound? round, int span, int step, ReadOnlySpan<int> ids, int revealed)
    {
        _reader.Reveal(span, _reveals.Take(span, ids));
        Hear();
        _next?.Revealed(round, span, step, ids, revealed);
    }

    /// <summary>Nothing more will be heard.</summary>
    public void End() => Tell(_stops.End());

    public void Completed(FinishedAnswer answer) => _next?.Completed(answer);

    private void Hear() => Tell(_stops.Take(_reader.Take()));

    private void Tell(string text)
    {
        if (text.Length > 0 && _tells) _next?.Found(text);
    }
}
