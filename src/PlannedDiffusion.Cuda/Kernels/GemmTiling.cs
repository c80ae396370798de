namespace PlannedDiffusion.Cuda.Kernels;

/// <summary>A tile of a product: rows x columns of the result, and the ring of shared memory behind it.</summary>
internal readonly record struct GemmTile(int Rows, int Columns, bool BFloat16)
{
    private const int DepthBytes = 128;
    private const int LargestRing = 4;

    /// <summary>The one tile of the f32 kernel.</summary>
    public static GemmTile Float32 => new(64, 64, false);

    /// <summary>Rows of the bf16 tiles that there are.</summary>
    public static ReadOnlySpan<int> RowSizes => [16, 32, 64, 128];

    /// <summary>Columns of the bf16 tiles that there are.</summary>
    public static ReadOnlySpan<int> ColumnSizes => [64, 128, 192, 256, 320];

    public int Threads => BFloat16 && Rows < 64 ? 128 : 256;

    /// <summary>Parts of 64 inputs in the ring: 4, or 3 where 4 do not fit.</summary>
    public int Stages(int sharedLimit) => Math.Min(LargestRing, sharedLimit / StageBytes);

    public int SharedBytes(int sharedLimit) => BFloat16 ? Stages(sharedLimit) * StageBytes : 0;

    /// <summary>Whether a device with so much shared memory for a block can run it.</summary>
    public bool Fits(int sharedLimit) => !BFloat16 || Stages(sharedLimit) >= 3;

    /// <summary>Blocks that one multiprocessor has shared memory for.</summary>
    public int Residents(int sharedLimit) => BFloat16 ? Math.Max(1, sharedLimit / SharedBytes(sharedLimit)) : 2;

    /// <summary>Weights of a block that are on their way while it multiplies.</summary>
    public int AheadBytes(int sharedLimit) => BFloat16
        ? (Stages(sharedLimit) - 1) * Columns * DepthBytes
        : Columns * DepthBytes;

    private int StageBytes => (Rows + Columns) * DepthBytes;
}

/// <summary>
/// How a product is cut into blocks: tiles, and splits of the inputs where there are fewer tiles than multiprocessors.
/// </summary>
internal readonly record struct GemmTiling(GemmTile Tile, int Splits, int SplitInputs)
{
    /// <summary>Into how many parts inputs are cut at most.</summary>
    public const int MaxSplits = 16;

    private const int TileDepth = 64;
    private const int LeastPartsPerSplit = 4;

    /// <summary>All tilings of a product, the one with the shortest estimated time first.</summary>
    public static GemmTiling[] Candidates(ProductShape shape, int rows, bool bfloat16, DeviceFigures device)
    {
        var found = new List<(double Time, GemmTiling Tiling)>();
        foreach (GemmTile tile in Tiles(rows, bfloat16))
        {
            if (!tile.Fits(device.SharedBytes)) continue;
            int previous = 0;
            for (int splits = 1; splits <= MaxSplits; splits++)
            {
                GemmTiling tiling = Split(tile, shape.Inputs, splits);
                if (tiling.Splits == previous) continue;
                previous = tiling.Splits;
                if (splits > 1 && (shape.Result != ProductResult.Partial || !tiling.IsDeep)) break;
                found.Add((tiling.EstimatedSeconds(shape, rows, device), tiling));
            }
        }

        return [.. found.OrderBy(candidate => candidate.Time).Select(candidate => candidate.Tiling)];
    }

    /// <summary>Blocks in each dimension of the grid: row tiles, column tiles, splits.</summary>
    public (int RowTiles, int ColumnTiles, int Splits) Grid(ProductShape shape, int rows) =>
        ((rows + Tile.Rows - 1) / Tile.Rows, (shape.Outputs + Tile.Columns - 1) / Tile.Columns, Splits);

    /// <summary>
    /// From reading the weights, from what goes through the L2 (weights, inputs, sums), and from what the busiest
    /// multiprocessor reads and multiplies: mostly the largest of them, but they hinder each other.
    /// </summary>
    internal double EstimatedSeconds(ProductShape shape, int rows, DeviceFigures device)
    {
        (int rowTiles, int columnTiles, int splits) = Grid(shape, rows);
        double elementBytes = Tile.BFloat16 ? 2 : 4;
        double weights = elementBytes * shape.Outputs * shape.Inputs;
        double inputs = elementBytes * rows * shape.Inputs;
        double sums = 2.0 * sizeof(float) * rows * shape.Outputs * splits;
        int blocks = rowTiles * columnTiles * splits;
        double underWay = (double)Math.Min(blocks, device.Multiprocessors * Tile.Residents(device.SharedBytes))
            * Tile.AheadBytes(device.SharedBytes);
        double memory = weights / device.MemoryRate / Math.Min(1, underWay / device.BytesUnderWay);
        double cache = (weights * rowTiles + inputs * columnTiles + sums) / device.CacheRate;
        double blockBytes = elementBytes * (Tile.Rows + Tile.Columns) * SplitInputs;
        double blockFlops = 2.0 * Tile.Rows * Tile.Columns * SplitInputs;
        double one = Math.Ceiling((double)blocks / device.Multiprocessors)
            * Math.Max(blockBytes / device.CacheRateOfOne, blockFlops / device.MultiplyRateOfOne);
        return Math.Cbrt(Cube(memory) + Cube(cache) + Cube(one));

        static double Cube(double value) => value * value * value;
    }

    private bool IsDeep => SplitInputs >= LeastPartsPerSplit * TileDepth;

    /// <summary>
    /// Inputs cut into so many splits, or into fewer where their parts of 64 do not go round.
    /// </summary>
    internal static GemmTiling Split(GemmTile tile, int inputs, int splits)
    {
        int parts = inputs / TileDepth;
        int perSplit = (parts + splits - 1) / splits;
        return new GemmTiling(tile, (parts + perSplit - 1) / perSplit, perSplit * TileDepth);
    }

    private static List<GemmTile> Tiles(int rows, bool bfloat16)
    {
        if (!bfloat16) return [GemmTile.Float32];
        var tiles = new List<GemmTile>();
        int tileRows = GemmTile.RowSizes[^1];
        foreach (int size in GemmTile.RowSizes)
        {
            if (size < rows) continue;
            tileRows = size;
            break;
        }

        foreach (int columns in GemmTile.ColumnSizes) tiles.Add(new GemmTile(tileRows, columns, true));
        return tiles;
    }
}
