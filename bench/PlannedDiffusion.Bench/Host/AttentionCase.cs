using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;

namespace PlannedDiffusion.Bench.Host;

/// <summary>A shape of attention: spans of one length behind a prefix, of which all rows attend.</summary>
internal readonly record struct AttentionCase(
    int Prefix, int Spans, int Length, int Heads, int KvHeads, int HeadSize)
{
    public int Rows => Spans * Length;

    public int Keys => Prefix + Rows;

    public int HeadsPerKvHead => Heads / KvHeads;

    public int HeadStride => Padding.ToVector(HeadSize);

    public int PaddedKeys => Padding.ToVector(Keys);

    public override string ToString() => $"{Prefix}+{Spans}x{Length} {Heads}/{KvHeads}x{HeadSize}";

    /// <summary>Number of keys that a row sees: prefix and own span, or all.</summary>
    public int VisibleKeys(bool isolated) => Prefix + (isolated ? Length : Rows);

    /// <summary>Operations of scores and values for the visible keys. A multiply-add counts as two.</summary>
    public double Flops(int keysPerRow) => 4.0 * HeadSize * Heads * Rows * keysPerRow;

    /// <summary>Bytes of keys, values, queries and outputs, each once.</summary>
    public double Bytes => sizeof(float) * ((2.0 * KvHeads * HeadSize * Keys) + (2.0 * Heads * HeadSize * Rows));

    /// <summary>
    /// Number of visited tiles of 16 keys, summed over all rows and heads: of the ranges, or of all keys.
    /// </summary>
    public long KeyTiles(bool isolated)
    {
        const int TileKeys = AttentionTile.KeyTile;
        int groups = isolated ? Spans : 1, rows = isolated ? Length : Rows;
        int prefix = Padding.ToVector(Prefix) / TileKeys;
        long tiles = 0;
        for (int group = 0; group < groups; group++)
        {
            int start = Prefix + (group * rows), end = Padding.ToVector(start + rows) / TileKeys;
            tiles += (long)rows * (prefix + end - Math.Max(start / TileKeys, prefix));
        }

        return tiles * Heads;
    }
}
