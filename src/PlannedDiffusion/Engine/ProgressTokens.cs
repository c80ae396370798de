using System.Collections.Immutable;
using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>Turns progress into ids. The reader makes the text, so that the engine's thread need not.</summary>
internal sealed class ProgressTokens(Action<GenerationEvent> tell, int mask) : IProgressListener
{
    private bool[][] _told = []; // [span][place], of the round

    public void Written(DecodingRound? round, ReadOnlySpan<int> ids, int drafted)
    {
        if (!ids.IsEmpty) tell(new TokensWritten(round?.Index, [.. ids]));
    }

    public void LaidOut(DecodingRound? round, ReadOnlySpan<int> lengths)
    {
        _told = new bool[lengths.Length][];
        for (int span = 0; span < lengths.Length; span++) _told[span] = new bool[lengths[span]];
        tell(new SpansLaidOut(round?.Index, [.. lengths]));
    }

    public void Revealed(DecodingRound? round, int span, int step, ReadOnlySpan<int> ids, int revealed)
    {
        bool[] told = _told[span];
        var places = ImmutableArray.CreateBuilder<int>();
        var tokens = ImmutableArray.CreateBuilder<int>();
        for (int place = 0; place < ids.Length; place++)
        {
            if (told[place] || ids[place] == mask) continue;
            told[place] = true;
            places.Add(place);
            tokens.Add(ids[place]);
        }

        tell(new TokensRevealed(span, places.DrainToImmutable(), tokens.DrainToImmutable()));
    }

    public void Completed(GenerationResult result) => tell(new Completed(result));
}
