using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>
/// A product by cuBLAS, for many rows. SiLU-mul is a second kernel, which reads the product from scratch memory.
/// </summary>
internal sealed class CuBlasProduct : MatrixProduct
{
    private readonly CuBlas _cuBlas;
    private readonly CudaDataType _type;
    private readonly SiluMulKernel? _siluMul;

    /// <param name="library">The kernels.</param>
    /// <param name="options">Element type.</param>
    /// <param name="cuBlas">cuBLAS.</param>
    /// <param name="shape">The shape of the product.</param>
    /// <param name="rows">The rows of the bucket.</param>
    /// <param name="calledRows">
    /// The rows that cuBLAS computes, at least <paramref name="rows"/>. For some numbers of rows cuBLAS is slower than
    /// for a larger number.
    /// </param>
    public CuBlasProduct(
        KernelLibrary library, KernelOptions options, CuBlas cuBlas, ProductShape shape, int rows, int calledRows)
        : base(shape, rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(calledRows, rows);
        InputRows = calledRows;
        _cuBlas = cuBlas;
        _type = options.BFloat16 ? CudaDataType.BFloat16 : CudaDataType.Float32;
        if (shape.Result == ProductResult.SiluMul) _siluMul = new SiluMulKernel(library, options);
    }

    public override long ScratchBytes => _siluMul is null ? 0 : ProductBytes;

    public override int InputRows { get; }

    public override string Description => InputRows == Rows ? "cuBLAS" : $"cuBLAS, {InputRows} rows";

    private long ProductBytes => (long)InputRows * Shape.Outputs * sizeof(float);

    public override long OutputBytes(int elementBytes) =>
        _siluMul is null ? ProductBytes : base.OutputBytes(elementBytes);

    /// <remarks>The stream must be the one of cuBLAS.</remarks>
    public override void Launch(CudaStream stream, ulong output, ulong input, ulong weights, ulong scratch)
    {
        ulong product = _siluMul is null ? output : scratch;
        _cuBlas.Multiply(new CuBlasOperands
        {
            Type = _type,
            Input = new(input, Shape.Inputs),
            Weights = new(weights, Shape.Inputs),
            Output = new(product, Shape.Outputs),
            Rows = InputRows,
            Columns = Shape.Outputs,
            Depth = Shape.Inputs,
        });
        _siluMul?.Launch(stream, new SiluMulParameters
        {
            Out = output,
            Product = product,
            Rows = Rows,
            Width = Shape.Outputs / 2,
            Splits = 1,
        });
    }
}
