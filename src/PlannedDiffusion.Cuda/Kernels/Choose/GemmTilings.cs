using PlannedDiffusion.Cuda.Kernels.Launch;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>The possible tilings of a product, with estimated times.</summary>
internal static class GemmTilings
{
    /// <summary>All tilings of a product, in order of their estimated times.</summary>
    public static GemmTiling[] Candidates(ProductShape shape, int rows, bool bfloat16, DeviceFigures device)
    {
        var found = new List<(double Time, GemmTiling Tiling)>();
        foreach (BlockTile tile in Tiles(rows, bfloat16))
        {
            if (!tile.Fits(device.SharedBytes)) continue;
            int previous = 0;
            for (int splits = 1; splits <= GemmTiling.MaxSplits; splits++)
            {
                GemmTiling tiling = GemmTiling.Split(tile, shape.Inputs, splits);
                if (tiling.Splits == previous) continue;
                previous = tiling.Splits;
                if (splits > 1 && (shape.Result != ProductResult.Partial || !tiling.IsDeep)) break;
                found.Add((EstimatedSeconds(tiling, shape, rows, device), tiling));
            }
        }

        return [.. found.OrderBy(candidate => candidate.Time).Select(candidate => candidate.Tiling)];
    }

    /// <summary>
    /// Combines three times: reading the weights from memory, moving weights, inputs and sums through the L2 cache, and
    /// the work of the busiest multiprocessor. The largest dominates, but they slow each other down.
    /// </summary>
    internal static double EstimatedSeconds(
        GemmTiling tiling, ProductShape shape, int rows, DeviceFigures device)
    {
        (int rowTiles, int columnTiles, int splits) = tiling.Grid(shape, rows);
        BlockTile tile = tiling.Tile;
        double elementBytes = tile.BFloat16 ? 2 : 4;
        double weights = elementBytes * shape.Outputs * shape.Inputs;
        double inputs = elementBytes * rows * shape.Inputs;
        double sums = 2.0 * sizeof(float) * rows * shape.Outputs * splits;
        int blocks = rowTiles * columnTiles * splits;
        double underWay = (double)Math.Min(blocks, device.Multiprocessors * tile.Residents(device.SharedBytes))
            * tile.AheadBytes(device.SharedBytes);
        double memory = weights / device.MemoryRate / Math.Min(1, underWay / device.BytesUnderWay);
        double cache = (weights * rowTiles + inputs * columnTiles + sums) / device.CacheRate;
        double blockBytes = elementBytes * (tile.Rows + tile.Columns) * tiling.SplitInputs;
        double blockFlops = 2.0 * tile.Rows * tile.Columns * tiling.SplitInputs;
        double one = Math.Ceiling((double)blocks / device.Multiprocessors)
            * Math.Max(blockBytes / device.CacheRateOfOne, blockFlops / device.MultiplyRateOfOne);
        return Math.Cbrt(Cube(memory) + Cube(cache) + Cube(one));

        static double Cube(double value) => value * value * value;
    }

    private static List<BlockTile> Tiles(int rows, bool bfloat16)
    {
        if (!bfloat16) return [BlockTile.Float32];
        var tiles = new List<BlockTile>();
        int tileRows = BlockTile.RowSizes[^1];
        foreach (int size in BlockTile.RowSizes)
        {
            if (size < rows) continue;
            tileRows = size;
            break;
        }

        foreach (int columns in BlockTile.ColumnSizes) tiles.Add(new BlockTile(tileRows, columns, true));
        return tiles;
    }
}
