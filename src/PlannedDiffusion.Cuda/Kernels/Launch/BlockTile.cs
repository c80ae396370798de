namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>
/// The part of a product that one block computes: rows x columns of the result, with a ring buffer in shared memory.
/// </summary>
internal readonly record struct BlockTile(int Rows, int Columns, bool BFloat16)
{
    private const int DepthBytes = 128;
    private const int LargestRing = 4;

    /// <summary>The only tile of the f32 kernel.</summary>
    public static BlockTile Float32 => new(64, 64, false);

    /// <summary>Rows of the bf16 tiles, ascending.</summary>
    public static ReadOnlySpan<int> RowSizes => [16, 32, 64, 128];

    /// <summary>Columns of the bf16 tiles, ascending.</summary>
    public static ReadOnlySpan<int> ColumnSizes => [64, 128, 192, 256, 320];

    public int Threads => BFloat16 && Rows < 64 ? 128 : 256;

    /// <summary>Stages of the ring, of 64 inputs each: 4, or 3 if 4 do not fit.</summary>
    public int Stages(int sharedLimit) => Math.Min(LargestRing, sharedLimit / StageBytes);

    public int SharedBytes(int sharedLimit) => BFloat16 ? Stages(sharedLimit) * StageBytes : 0;

    /// <summary>True if the tile fits into this many bytes of shared memory of a block.</summary>
    public bool Fits(int sharedLimit) => !BFloat16 || Stages(sharedLimit) >= 3;

    /// <summary>Blocks that fit into the shared memory of one multiprocessor.</summary>
    public int Residents(int sharedLimit) => BFloat16 ? Math.Max(1, sharedLimit / SharedBytes(sharedLimit)) : 2;

    /// <summary>Bytes of weights that a block loads ahead while it multiplies.</summary>
    public int AheadBytes(int sharedLimit) => BFloat16
        ? (Stages(sharedLimit) - 1) * Columns * DepthBytes
        : Columns * DepthBytes;

    private int StageBytes => (Rows + Columns) * DepthBytes;
}
