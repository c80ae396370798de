using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>Turns progress into ids. The reader makes the text, so that the engine's thread need not.</summary>
internal sealed class ProgressTokens(Action<GenerationEvent> tell, int mask) : IProgressListener
{
    private readonly SpanReveals _reveals = new(mask);

    public void Written(DecodingRound? round, ReadOnlySpan<int> ids, int drafted)
    {
        if (!ids.IsEmpty) tell(new TokensWritten(round?.Index, [.. ids]));
    }

    public void LaidOut(DecodingRound? round, ReadOnlySpan<int> lengths)
    {
        _reveals.LayOut(lengths);
        tell(new SpansLaidOut(round?.Index, [.. lengths]));
    }

    public void Revealed(DecodingRound? round, int span, int step, ReadOnlySpan<int> ids, int revealed)
    {
        var (at, tokens) = _reveals.Take(span, ids);
        tell(new TokensRevealed(span, at, tokens));
    }

    public void Completed(GenerationResult result) => tell(new Completed(result));
}
