namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>
/// How a product is cut into blocks: tiles, and splits of the inputs where there are fewer tiles than multiprocessors.
/// </summary>
internal readonly record struct GemmTiling(BlockTile Tile, int Splits, int SplitInputs)
{
    /// <summary>Into how many parts inputs are cut at most.</summary>
    public const int MaxSplits = 16;

    private const int TileDepth = 64;
    private const int LeastPartsPerSplit = 4;

    /// <summary>Blocks in each dimension of the grid: row tiles, column tiles, splits.</summary>
    public (int RowTiles, int ColumnTiles, int Splits) Grid(ProductShape shape, int rows) =>
        ((rows + Tile.Rows - 1) / Tile.Rows, (shape.Outputs + Tile.Columns - 1) / Tile.Columns, Splits);

    /// <summary>Every split has inputs enough to be worth it.</summary>
    public bool IsDeep => SplitInputs >= LeastPartsPerSplit * TileDepth;

    /// <summary>
    /// Inputs cut into so many splits, or into fewer where their parts of 64 do not go round.
    /// </summary>
    public static GemmTiling Split(BlockTile tile, int inputs, int splits)
    {
        int parts = inputs / TileDepth;
        int perSplit = (parts + splits - 1) / splits;
        return new GemmTiling(tile, (parts + perSplit - 1) / perSplit, perSplit * TileDepth);
    }
}
