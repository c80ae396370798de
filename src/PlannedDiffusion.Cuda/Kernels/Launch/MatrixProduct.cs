using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>
/// The product of one shape for one bucket of rows, with its kernel chosen and loaded. Rows of the input beyond the
/// step's own may hold anything: each row of the result depends on its own row of the input only.
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

    /// <summary>Rows of the bucket.</summary>
    public int Rows { get; }

    /// <summary>Planes [rows, outputs] of the output that its reader adds up; 1 unless the result is partial.</summary>
    public virtual int Splits => 1;

    /// <summary>Bytes of f32 that <see cref="Launch"/> needs beside its output; 0 for most.</summary>
    public virtual long ScratchBytes => 0;

    /// <summary>Rows of the input that are read, whatever is in those behind the bucket's.</summary>
    public virtual int InputRows => Rows;

    /// <summary>Which kernel, and how it is tiled.</summary>
    public abstract string Description { get; }

    /// <summary>Bytes of the output, all its splits, and all that is written behind them.</summary>
    public virtual long OutputBytes(int elementBytes) => Shape.Result == ProductResult.SiluMul
        ? (long)Rows * Shape.Outputs / 2 * elementBytes
        : (long)Splits * Rows * Shape.Outputs * sizeof(float);

    /// <summary>Queues the product. Output, input and weights are as the shape says; scratch is f32.</summary>
    public abstract void Launch(CudaStream stream, ulong output, ulong input, ulong weights, ulong scratch);
}
