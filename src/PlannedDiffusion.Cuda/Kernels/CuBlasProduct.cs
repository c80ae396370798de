using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels;

/// <summary>A product by cuBLAS, for many rows; SiLU-mul is a second kernel, which reads it from scratch.</summary>
internal sealed class CuBlasProduct : MatrixProduct
{
    private readonly CuBlas _cuBlas;
    private readonly CudaDataType _type;
    private readonly SiluMulKernel? _siluMul;

    public CuBlasProduct(
        KernelLibrary library, KernelOptions options, CuBlas cuBlas, ProductShape shape, int rows)
        : base(shape, rows)
    {
        _cuBlas = cuBlas;
        _type = options.BFloat16 ? CudaDataType.BFloat16 : CudaDataType.Float32;
        if (shape.Result == ProductResult.SiluMul) _siluMul = new SiluMulKernel(library, options);
    }

    public override long ScratchBytes => _siluMul is null ? 0 : (long)Rows * Shape.Outputs * sizeof(float);

    public override string Description => "cuBLAS";

    /// <remarks>The stream must be the one that cuBLAS was loaded with.</remarks>
    public override void Launch(CudaStream stream, ulong output, ulong input, ulong weights, ulong scratch)
    {
        ulong product = _siluMul is null ? output : scratch;
        _cuBlas.Multiply(
            _type, input, Shape.Inputs, weights, Shape.Inputs, product, Shape.Outputs, Rows, Shape.Outputs,
            Shape.Inputs);
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
