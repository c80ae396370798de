using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>Rows of activations times one panel of 64 outputs, cut into register tiles.</summary>
internal static unsafe class PackedGemm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>From this many rows on, tiles of 12 rows save more decoding than they cost in broadcasts.</summary>
    private const int RowsForTall = 24;

    /// <summary>Columns of the tile that the register file of this width holds.</summary>
    private static int TileColumns => TSimd.Count == 16 ? 64 : 16;

    /// <summary>
    /// c [rows, 64] = a [rows, k] * panel + addend, where <paramref name="rowsOfPanel"/> describes all rows.
    /// </summary>
    public static void Run(in PackedMatrix matrix, int panel, in GemmTile rowsOfPanel, int rows)
    {
        GemmTile tile = rowsOfPanel;
        tile.Weights = matrix.Panel(panel);
        tile.K = matrix.Columns;
        tile.KStride = PackedMatrix.PanelRows;
        tile.GroupStride = 16;
        int done = 0;
        if (TSimd.Count == 16 && matrix.IsBFloat16 && rows >= RowsForTall)
        {
            for (; rows - done >= 12; done += 12) RunTall(At(tile, done));
        }

        int tiles = (rows - done + TSimd.TileRows - 1) / TSimd.TileRows;
        for (; tiles > 0; tiles--)
        {
            int part = (rows - done + tiles - 1) / tiles;
            RunRows(matrix.IsBFloat16, At(tile, done), part);
            done += part;
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

    private static void RunTall(GemmTile tile)
    {
        BFloat16Tile<TSimd, TVector>.RunTwelveRows(tile);
        MoveColumns(ref tile, 32, 2 * sizeof(ushort));
        BFloat16Tile<TSimd, TVector>.RunTwelveRows(tile);
    }

    private static void RunRows(bool isBFloat16, GemmTile tile, int rows)
    {
        for (int column = 0; column < PackedMatrix.PanelRows; column += TileColumns)
        {
            if (isBFloat16) RowTiles<TSimd, TVector>.BFloat16(tile, rows);
            else RowTiles<TSimd, TVector>.Single(tile, rows, TileColumns);
            MoveColumns(ref tile, TileColumns, 2 * sizeof(ushort));
        }
    }

    /// <summary>A column takes four bytes of a panel row in both formats: two bf16, or one f32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MoveColumns(ref GemmTile tile, int columns, int bytesPerColumn)
    {
        tile.Weights += columns * bytesPerColumn;
        tile.C += columns;
        if (tile.Addend != null) tile.Addend += columns;
    }
}
