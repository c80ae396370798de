using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// Selects the kernel for a number of rows that is known only at run time: 1 to <c>TSimd.TileRows</c>.
/// </summary>
internal static class RowTiles<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>64 columns at 512 bits, 16 at the other widths.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BFloat16(in GemmTile tile, int rows)
    {
        if (TSimd.Count == 8) BFloat16<Two>(tile, rows);
        else BFloat16<Four>(tile, rows);
    }

    /// <summary>16 columns, or 64 at 512 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Single(in GemmTile tile, int rows, int columns)
    {
        if (TSimd.Count == 8) Single<Two>(tile, rows);
        else if (TSimd.Count == 16 && columns == 16) Single<One>(tile, rows);
        else Single<Four>(tile, rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BFloat16<TColumns>(in GemmTile tile, int rows)
        where TColumns : struct, IConstant
    {
        switch (rows)
        {
            case 1: BFloat16Tile<TSimd, TVector>.Run<One, TColumns>(tile); break;
            case 2: BFloat16Tile<TSimd, TVector>.Run<Two, TColumns>(tile); break;
            case 3: BFloat16Tile<TSimd, TVector>.Run<Three, TColumns>(tile); break;
            case 4: BFloat16Tile<TSimd, TVector>.Run<Four, TColumns>(tile); break;
            case 5: BFloat16Tile<TSimd, TVector>.Run<Five, TColumns>(tile); break;
            case 6: BFloat16Tile<TSimd, TVector>.Run<Six, TColumns>(tile); break;
            default: throw new ArgumentOutOfRangeException(nameof(rows));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Single<TColumns>(in GemmTile tile, int rows)
        where TColumns : struct, IConstant
    {
        switch (rows)
        {
            case 1: SingleTile<TSimd, TVector>.Run<One, TColumns>(tile); break;
            case 2: SingleTile<TSimd, TVector>.Run<Two, TColumns>(tile); break;
            case 3: SingleTile<TSimd, TVector>.Run<Three, TColumns>(tile); break;
            case 4: SingleTile<TSimd, TVector>.Run<Four, TColumns>(tile); break;
            case 5: SingleTile<TSimd, TVector>.Run<Five, TColumns>(tile); break;
            case 6: SingleTile<TSimd, TVector>.Run<Six, TColumns>(tile); break;
            default: throw new ArgumentOutOfRangeException(nameof(rows));
        }
    }
}
