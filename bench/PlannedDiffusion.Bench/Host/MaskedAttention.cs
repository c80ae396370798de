using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Bench.Host;

/// <summary>Rows of one head, with an additive mask over all keys.</summary>
internal unsafe struct MaskedTile
{
    public int Rows;
    public int Keys;
    public int HeadSize;
    public int HeadStride;
    public float* Queries;
    public float* Output;
    public nint RowStride; // of queries and of outputs
    public float* KeyPanels; // [keys/16][head size][16]
    public float* Values; // [keys, head stride]
    public float* Mask; // [rows, keys], 0 or -∞, -∞ in the padding
    public nint MaskStride;
    public float* Scores;
    public nint ScoreStride;
}

/// <summary>
/// Attention that computes every score and adds a mask tensor. It has the same kernels as
/// <see cref="Attention{TSimd, TVector}"/> and is the baseline for ranges.
/// </summary>
internal static unsafe class MaskedAttention<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int KeyTile = AttentionTile.KeyTile;

    public static void Run(in MaskedTile tile)
    {
        int columns = (tile.Keys + KeyTile - 1) / KeyTile * KeyTile;
        Scores(tile, columns / KeyTile);
        float* sums = stackalloc float[tile.Rows];
        for (int row = 0; row < tile.Rows; row++)
            sums[row] = Softmax<TSimd, TVector>.Run(tile.Scores + (row * tile.ScoreStride), columns);
        Values(tile);
        for (int row = 0; row < tile.Rows; row++)
        {
            float* output = tile.Output + (row * tile.RowStride);
            TVector sum = TSimd.Broadcast(sums[row]);
            for (int i = 0; i < tile.HeadStride; i += TSimd.Count)
                TSimd.Store(TSimd.Divide(TSimd.Load(output + i), sum), output + i);
        }
    }

    private static void Scores(in MaskedTile tile, int tiles)
    {
        nint panel = (nint)tile.HeadSize * KeyTile;
        GemmTile product = new()
        {
            A = tile.Queries,
            AStride = tile.RowStride,
            Weights = (byte*)tile.KeyPanels,
            K = tile.HeadSize,
            C = tile.Scores,
            CStride = tile.ScoreStride,
            Addend = tile.Mask, // added where the sums are stored
            AddendStride = tile.MaskStride,
            KStride = KeyTile,
            GroupStride = panel,
        };
        for (int at = 0, group; at < tiles; at += group)
        {
            group = TSimd.Count == 16 && tiles - at >= 4 ? 4 : 1;
            RowTiles<TSimd, TVector>.Single(product, tile.Rows, group * KeyTile);
            product.Weights += group * panel * sizeof(float);
            product.C += group * KeyTile;
            product.Addend += group * KeyTile;
        }
    }

    private static void Values(in MaskedTile tile)
    {
        GemmTile product = new()
        {
            A = tile.Scores,
            AStride = tile.ScoreStride,
            Weights = (byte*)tile.Values,
            K = tile.Keys,
            C = tile.Output,
            CStride = tile.RowStride,
            KStride = tile.HeadStride,
            GroupStride = KeyTile,
        };
        for (int done = 0, group; done < tile.HeadStride; done += group)
        {
            group = TSimd.Count == 16 && tile.HeadStride - done >= 64 ? 64 : 16;
            RowTiles<TSimd, TVector>.Single(product, tile.Rows, group);
            product.Weights += group * sizeof(float);
            product.C += group;
        }
    }
}
