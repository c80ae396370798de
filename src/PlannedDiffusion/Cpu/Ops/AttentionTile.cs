namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// Queries of one key/value head that attend together: up to <c>TileRows</c> rows, each a position and a query head of
/// the group. They share the prefix and the start of the block; each has its own end of the block.
/// </summary>
internal unsafe struct AttentionTile
{
    /// <summary>Keys in a tile of the key panels.</summary>
    public const int KeyTile = 16;

    public int Rows;
    public int HeadSize;
    public int HeadStride; // HeadSize rounded up to 16
    public float* Queries; // [rows, head stride], rotated and divided by sqrt(head size)
    public float* KeyPanels; // [keys/16][head size][16]
    public float* Values; // [keys, head stride]
    public int PrefixEnd;
    public int BlockStart; // at least PrefixEnd
    public int* BlockEnds; // [rows]
    public float* Scores; // [rows, score stride], scratch
    public nint ScoreStride; // at least the visible keys plus 48
    public float* Output; // [rows, head stride]
}
