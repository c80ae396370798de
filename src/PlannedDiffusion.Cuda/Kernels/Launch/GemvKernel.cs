using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The mirror of <c>GemvParameters</c> in <c>kernels/gemv.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GemvParameters
{
    public ulong Out;
    public ulong Input;
    public ulong Weights;
    public int Rows;
    public int Outputs;
    public int Inputs;
}

/// <summary>A product with up to 8 rows. Its time is the time to read the weights.</summary>
internal sealed class GemvKernel : MatrixProduct
{
    public const int MaxRows = 8;
    private const int TileOutputs = 16;
    private const int Threads = 256;

    private readonly CudaFunction _function;
    private readonly int _tiles;

    public GemvKernel(
        KernelLibrary library, KernelOptions options, ProductShape shape, int rows, int multiprocessors)
        : base(shape, rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, MaxRows);
        _tiles = TilesOf(shape, multiprocessors);
        CudaModule module = library.Load("gemv.cu", options.With(("TILES", _tiles)));
        _function = module.GetFunction(shape.Result == ProductResult.SiluMul ? "gemv_silu_mul" : "gemv");
    }

    public override string Description => $"gemv, {_tiles * TileOutputs} outputs";

    /// <summary>
    /// Tiles of 16 outputs per block. Two tiles share the loads of the input. They are used only if there are so many
    /// blocks that the last, incomplete wave does not matter.
    /// </summary>
    internal static int TilesOf(ProductShape shape, int multiprocessors) =>
        shape.Outputs / (2 * TileOutputs) >= 4 * multiprocessors ? 2 : 1;

    public override void Launch(CudaStream stream, ulong output, ulong input, ulong weights, ulong scratch)
    {
        var parameters = new GemvParameters
        {
            Out = output,
            Input = input,
            Weights = weights,
            Rows = Rows,
            Outputs = Shape.Outputs,
            Inputs = Shape.Inputs,
        };
        _function.Launch(stream, new Dim3(Shape.Outputs / (TileOutputs * _tiles)), new Dim3(Threads), 0, parameters);
    }
}
