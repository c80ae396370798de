namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// One register tile of a matrix product: rows of activations times some columns of a panel of weights. Strides are in
/// floats. Products are added in the order of k for every shape of tile, so a row's bits do not depend on the shape.
/// </summary>
internal unsafe struct GemmTile
{
    public float* A; // [rows, k]; for bf16 weights readable up to an even k
    public nint AStride;
    public byte* Weights; // the tile's first column of its panel
    public int K;
    public float* C; // [rows, columns]
    public nint CStride;
    public float* Addend; // added to the sums (bias with stride 0, or residual); null for none
    public nint AddendStride;

    /// <summary>Tall tiles only: the address of the next panel, and the step in it per pair of k.</summary>
    public byte* Prefetch;
    public nint PrefetchStep;

    /// <summary>
    /// f32 weights only: floats from one k to the next, and from one group of 16 columns to the next.
    /// </summary>
    public nint KStride, GroupStride;

    /// <summary>f32 weights only: the sums start from the values in C.</summary>
    public bool Continue;
}
