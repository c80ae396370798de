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

    /// <summary>The new tokens of a span, with their positions in it; they are not new any more.</summary>
    public List<(int At, int Id)> Take(int span, ReadOnlySpan<int> ids)
    {
        bool[] told = _told[span];
        var tokens = new List<(int, int)>();
        for (int at = 0; at < ids.Length; at++)
        {
            if (told[at] || ids[at] == mask) continue;
            told[at] = true;
            tokens.Add((at, ids[at]));
        }

        return tokens;
    }
}
