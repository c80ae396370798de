namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>A tile of a product: rows x columns of the result, and the ring of shared memory behind it.</summary>
internal readonly record struct BlockTile(int Rows, int Columns, bool BFloat16)
{
    private const int DepthBytes = 128;
    private const int LargestRing = 4;

    /// <summary>The one tile of the f32 kernel.</summary>
    public static BlockTile Float32 => new(64, 64, false);

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
