namespace PlannedDiffusion.Forward;

/// <summary>
/// The positions that a row may attend to: [0, PrefixEnd) ∪ [Block.Start, Block.End). In a causal block a row sees
/// nothing after itself. Two ranges describe every row of every stage, so no mask tensor exists.
/// </summary>
/// <param name="PrefixEnd">End of the prefix every row of the group sees; at most <c>Block.Start</c>.</param>
/// <param name="Block">The rows' own block: their span, all spans of a round (dense), or the causal tail.</param>
/// <param name="Causal">True if a row at position p sees only [Block.Start, p] of its block.</param>
public readonly record struct AttentionRange(int PrefixEnd, TokenRange Block, bool Causal)
{
    /// <summary>Rows of a prompt or of a plan: each sees everything before it, and itself.</summary>
    public static AttentionRange CausalFrom(int start, int end) => new(start, new TokenRange(start, end), true);

    /// <summary>Rows of a span (or of all spans of a dense round): the prefix, and all of the span.</summary>
    public static AttentionRange Bidirectional(int prefixEnd, TokenRange block) => new(prefixEnd, block, false);

    /// <summary>End of the block for the row at <paramref name="position"/>.</summary>
    public int BlockEndFor(int position) => Causal ? Math.Min(position + 1, Block.End) : Block.End;

    /// <summary>True if the row at <paramref name="position"/> sees the key at <paramref name="key"/>.</summary>
    public bool Sees(int position, int key) =>
        key < PrefixEnd || (key >= Block.Start && key < BlockEndFor(position));
}
