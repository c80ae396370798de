using System.Collections.Immutable;

namespace PlannedDiffusion.Engine;

/// <summary>Finds the tokens of each span of a round that were revealed since the span was looked at.</summary>
/// <param name="mask">The token of a position that is not revealed.</param>
internal sealed class SpanReveals(int mask)
{
    private bool[][] _told = []; // [span][position]

    /// <summary>Begins a round.</summary>
    public void LayOut(ReadOnlySpan<int> lengths)
    {
        _told = new bool[lengths.Length][];
        for (int span = 0; span < lengths.Length; span++) _told[span] = new bool[lengths[span]];
    }

    /// <summary>The new tokens of a span and their positions in it; they are not new any more.</summary>
    public (ImmutableArray<int> At, ImmutableArray<int> Tokens) Take(int span, ReadOnlySpan<int> ids)
    {
        bool[] told = _told[span];
        var at = ImmutableArray.CreateBuilder<int>();
        var tokens = ImmutableArray.CreateBuilder<int>();
        for (int i = 0; i < ids.Length; i++)
        {
            if (told[i] || ids[i] == mask) continue;
            told[i] = true;
            at.Add(i);
            tokens.Add(ids[i]);
        }

        return (at.DrainToImmutable(), tokens.DrainToImmutable());
    }
}
