using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>Rows of activations times one panel of 64 outputs, split into register tiles.</summary>
internal static unsafe class PackedGemm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>From this many rows on, there are enough tiles to prefetch the next panel.</summary>
    private const int RowsForTall = 24;

    private const int TallRows = 12, TallColumns = 32;

    /// <summary>A column takes four bytes of a panel row in both formats: two bf16, or one f32.</summary>
    private const int ColumnBytes = 4;

    /// <summary>Columns of the tile that the register file of this width holds.</summary>
    private static int TileColumns => TSimd.Count == 16 ? 64 : 16;

    /// <summary>c [rows, 64] = a [rows, k] * panel + addend.</summary>
    /// <param name="matrix">The weights.</param>
    /// <param name="panel">Which panel of them.</param>
    /// <param name="next">The panel that this thread will read next, or null.</param>
    /// <param name="rowsOfPanel">A, C and Addend of all rows with their strides.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="tallTiles">True to take twelve rows at a time where there are enough of them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        in PackedMatrix matrix, int panel, byte* next, in GemmTile rowsOfPanel, int rows, bool tallTiles)
    {
        GemmTile tile = rowsOfPanel;
        tile.Weights = matrix.Panel(panel);
        tile.K = matrix.Columns;
        tile.KStride = PackedMatrix.PanelRows;
        tile.GroupStride = 16;
        int done = 0;
        if (tallTiles && TSimd.Count == 16 && matrix.IsBFloat16 && rows >= RowsForTall)
        {
            for (int index = 0; rows - done >= TallRows; done += TallRows, index += 2)
                RunTall(At(tile, done), next, index);
        }

        int tiles = (rows - done + TSimd.TileRows - 1) / TSimd.TileRows;
        for (; tiles > 0; tiles--)
        {
            int part = (rows - done + tiles - 1) / tiles;
            RunRows(matrix.IsBFloat16, At(tile, done), part);
            done += part;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunTall(GemmTile tile, byte* next, int index)
    {
        for (int column = 0; column < PackedMatrix.PanelRows; column += TallColumns)
        {
            PanelPrefetch.Begin(ref tile, next, index++);
            BFloat16Tile<TSimd, TVector>.RunTwelveRows(tile);
            MoveColumns(ref tile, TallColumns);
        }
    }

    private static GemmTile At(in GemmTile tile, int row)
    {
        GemmTile result = tile;
        result.A += row * tile.AStride;
        result.C += row * tile.CStride;
        if (tile.Addend != null) result.Addend += row * tile.AddendStride;
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunRows(bool isBFloat16, GemmTile tile, int rows)
    {
        for (int column = 0; column < PackedMatrix.PanelRows; column += TileColumns)
        {
            if (isBFloat16) RowTiles<TSimd, TVector>.BFloat16(tile, rows);
            else RowTiles<TSimd, TVector>.Single(tile, rows, TileColumns);
            MoveColumns(ref tile, TileColumns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MoveColumns(ref GemmTile tile, int columns)
    {
        tile.Weights += columns * ColumnBytes;
        tile.C += columns;
        if (tile.Addend != null) tile.Addend += columns;
    }
}
