using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The mirror of <c>GemmParameters</c> in <c>kernels/gemm.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GemmParameters
{
    public ulong Out;
    public ulong Input;
    public ulong Weights;
    public int Rows;
    public int Outputs;
    public int Inputs;
    public int SplitInputs;
}

/// <summary>A product in tiles, on tensor cores in bf16 and with multiply-adds in f32.</summary>
internal sealed class GemmKernel : MatrixProduct
{
    private readonly CudaFunction _function;
    private readonly Dim3 _grid;
    private readonly int _sharedBytes;

    public GemmKernel(
        KernelLibrary library, KernelOptions options, ProductShape shape, int rows, GemmTiling tiling, int sharedLimit)
        : base(shape, rows)
    {
        if (tiling.Splits > 1 && shape.Result != ProductResult.Partial)
            throw new ArgumentException("Only a partial result may have splits.", nameof(tiling));
        if (!tiling.Tile.Fits(sharedLimit))
            throw new ArgumentException($"{tiling.Tile} needs more shared memory than {sharedLimit}.", nameof(tiling));
        Tiling = tiling;
        (int rowTiles, int columnTiles, int splits) = tiling.Grid(shape, rows);
        _grid = new Dim3(rowTiles, columnTiles, splits);
        _sharedBytes = tiling.Tile.SharedBytes(sharedLimit);
        CudaModule module = library.Load("gemm.cu", options.With(DefinesOf(tiling.Tile, sharedLimit)));
        _function = module.GetFunction(shape.Result == ProductResult.SiluMul ? "gemm_silu_mul" : "gemm");
        if (_sharedBytes > 0) _function.AllowShared(_sharedBytes);
    }

    public GemmTiling Tiling { get; }

    public override int Splits => Tiling.Splits;

    public override string Description => $"gemm {Tiling.Tile.Rows} x {Tiling.Tile.Columns}, {Splits} splits";

    public override void Launch(CudaStream stream, ulong output, ulong input, ulong weights, ulong scratch)
    {
        var parameters = new GemmParameters
        {
            Out = output,
            Input = input,
            Weights = weights,
            Rows = Rows,
            Outputs = Shape.Outputs,
            Inputs = Shape.Inputs,
            SplitInputs = Tiling.SplitInputs,
        };
        _function.Launch(stream, _grid, new Dim3(Tiling.Tile.Threads), _sharedBytes, parameters);
    }

    private static (string, int)[] DefinesOf(BlockTile tile, int sharedLimit) => tile.BFloat16
        ? [("TILE_ROWS", tile.Rows), ("TILE_COLUMNS", tile.Columns), ("STAGES", tile.Stages(sharedLimit))]
        : [("TILE_ROWS", tile.Rows), ("TILE_COLUMNS", tile.Columns)];
}
