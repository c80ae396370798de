using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// softmax(q kᵀ) v over the two visible ranges of keys. Only tiles of 16 keys [0, 16), [16, 32), ... with a visible key
/// are computed; their other keys are masked. Tiles have absolute positions and are added in order. So a row's bits
/// depend neither on other rows nor on the split of its keys into two ranges.
/// </summary>
internal static unsafe class Attention<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const int KeyTile = AttentionTile.KeyTile;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in AttentionTile tile)
    {
        int blockEnd = tile.BlockStart;
        for (int row = 0; row < tile.Rows; row++) blockEnd = Math.Max(blockEnd, tile.BlockEnds[row]);

        // Key tiles [0, prefixTiles) and [blockTile, blockTiles), in absolute numbers. Their scores are adjacent.
        int prefixTiles = TilesOf(tile.PrefixEnd);
        int blockTile = Math.Max(tile.BlockStart / KeyTile, prefixTiles);
        int blockTiles = blockEnd > tile.BlockStart ? Math.Max(TilesOf(blockEnd), blockTile) : blockTile;
        int columns = (prefixTiles + blockTiles - blockTile) * KeyTile;
        Scores(tile, 0, prefixTiles, tile.Scores);
        Scores(tile, blockTile, blockTiles, tile.Scores + prefixTiles * KeyTile);

        float* sums = stackalloc float[tile.Rows];
        for (int row = 0; row < tile.Rows; row++)
        {
            float* scores = tile.Scores + row * tile.ScoreStride;
            int end = Math.Max(tile.BlockEnds[row], tile.BlockStart);
            Mask(scores, tile.PrefixEnd, tile.BlockStart, prefixTiles, blockTile, blockTiles);
            Mask(scores, end, int.MaxValue, prefixTiles, blockTile, blockTiles);
            sums[row] = Softmax<TSimd, TVector>.Run(scores, columns);
        }

        // The gap between the ranges is skipped: every probability in it is 0.
        int blockColumn = tile.BlockStart - (blockTile - prefixTiles) * KeyTile;
        Values(tile, 0, tile.PrefixEnd, 0, false);
        Values(tile, tile.BlockStart, blockEnd, blockColumn, true);
        Divide(tile, sums);
    }

    private static int TilesOf(int keys) => (keys + KeyTile - 1) / KeyTile;

    /// <summary>Multiplies queries by the keys of tiles [from, to).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scores(in AttentionTile tile, int from, int to, float* scores)
    {
        nint panel = (nint)tile.HeadSize * KeyTile;
        GemmTile product = new()
        {
            A = tile.Queries,
            AStride = tile.HeadStride,
            Weights = (byte*)(tile.KeyPanels + from * panel),
            K = tile.HeadSize,
            C = scores,
            CStride = tile.ScoreStride,
            KStride = KeyTile,
            GroupStride = panel,
        };
        for (int group; from < to; from += group)
        {
            group = TSimd.Count == 16 && to - from >= 4 ? 4 : 1;
            RowTiles<TSimd, TVector>.Single(product, tile.Rows, group * KeyTile);
            product.Weights += group * panel * sizeof(float);
            product.C += group * KeyTile;
        }
    }

    /// <summary>Masks keys [from, to), if their scores were computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mask(float* scores, int from, int to, int prefixTiles, int blockTile, int blockTiles)
    {
        for (int key = from; key < Math.Min(to, prefixTiles * KeyTile); key++) scores[key] = float.NegativeInfinity;
        int shift = (blockTile - prefixTiles) * KeyTile;
        for (int key = Math.Max(from, blockTile * KeyTile); key < Math.Min(to, blockTiles * KeyTile); key++)
        {
            scores[key - shift] = float.NegativeInfinity;
        }
    }

    /// <summary>Output (+)= probabilities times the values of keys [from, to), key after key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Values(in AttentionTile tile, int from, int to, int column, bool add)
    {
        GemmTile product = new()
        {
            A = tile.Scores + column,
            AStride = tile.ScoreStride,
            Weights = (byte*)(tile.Values + (nint)from * tile.HeadStride),
            K = Math.Max(0, to - from),
            C = tile.Output,
            CStride = tile.HeadStride,
            KStride = tile.HeadStride,
            GroupStride = KeyTile,
            Continue = add,
        };
        for (int done = 0, group; done < tile.HeadStride; done += group)
        {
            group = TSimd.Count == 16 && tile.HeadStride - done >= 64 ? 64 : 16;
            RowTiles<TSimd, TVector>.Single(product, tile.Rows, group);
            product.Weights += group * sizeof(float);
            product.C += group;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Divide(in AttentionTile tile, float* sums)
    {
        for (int row = 0; row < tile.Rows; row++)
        {
            float* output = tile.Output + row * tile.HeadStride;
            TVector sum = TSimd.Broadcast(sums[row]);
            for (int i = 0; i < tile.HeadStride; i += TSimd.Count)
            {
                TSimd.Store(TSimd.Divide(TSimd.Load(output + i), sum), output + i);
            }
        }
    }
}
