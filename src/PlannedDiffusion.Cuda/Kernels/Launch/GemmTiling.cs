namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>
/// How a product is cut into blocks: into tiles and, if there are fewer tiles than multiprocessors, into splits of the
/// inputs.
/// </summary>
internal readonly record struct GemmTiling(BlockTile Tile, int Splits, int SplitInputs)
{
    /// <summary>The most splits of the inputs.</summary>
    public const int MaxSplits = 16;

    private const int TileDepth = 64;
    private const int LeastPartsPerSplit = 4;

    /// <summary>Blocks in each dimension of the grid: row tiles, column tiles, splits.</summary>
    public (int RowTiles, int ColumnTiles, int Splits) Grid(ProductShape shape, int rows) =>
        ((rows + Tile.Rows - 1) / Tile.Rows, (shape.Outputs + Tile.Columns - 1) / Tile.Columns, Splits);

    /// <summary>True if every split has enough inputs to be worthwhile.</summary>
    public bool IsDeep => SplitInputs >= LeastPartsPerSplit * TileDepth;

    /// <summary>
    /// Cuts inputs into this many splits, or into fewer if the parts of 64 inputs do not divide evenly.
    /// </summary>
    public static GemmTiling Split(BlockTile tile, int inputs, int splits)
    {
        int parts = inputs / TileDepth;
        int perSplit = (parts + splits - 1) / splits;
        return new GemmTiling(tile, (parts + perSplit - 1) / perSplit, perSplit * TileDepth);
    }
}
