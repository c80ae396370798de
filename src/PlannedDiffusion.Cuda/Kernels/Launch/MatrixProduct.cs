using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>
/// A product of one shape for one bucket of rows, with its kernel loaded. Each row of the result depends on its own row
/// of the input only, so input rows beyond those of the step may hold anything.
/// </summary>
internal abstract class MatrixProduct
{
    private protected MatrixProduct(ProductShape shape, int rows)
    {
        shape.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        Shape = shape;
        Rows = rows;
    }

    public ProductShape Shape { get; }

    /// <summary>The rows of the bucket.</summary>
    public int Rows { get; }

    /// <summary>
    /// Planes [rows, outputs] of the output, which its reader adds up. 1 unless the result is partial.
    /// </summary>
    public virtual int Splits => 1;

    /// <summary>Bytes of scratch memory, f32, that <see cref="Launch"/> needs; 0 for most products.</summary>
    public virtual long ScratchBytes => 0;

    /// <summary>
    /// Rows of the input that the kernel reads. Those beyond the bucket's rows may hold anything.
    /// </summary>
    public virtual int InputRows => Rows;

    /// <summary>The kernel and its tiling, for people.</summary>
    public abstract string Description { get; }

    /// <summary>Bytes that the kernel writes: the output with all splits, and rows beyond the bucket.</summary>
    public virtual long OutputBytes(int elementBytes) => Shape.Result == ProductResult.SiluMul
        ? (long)Rows * Shape.Outputs / 2 * elementBytes
        : (long)Splits * Rows * Shape.Outputs * sizeof(float);

    /// <summary>Queues the product. The shape defines output, input and weights. Scratch is f32.</summary>
    public abstract void Launch(CudaStream stream, ulong output, ulong input, ulong weights, ulong scratch);
}
