using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>Chooses and loads the kernels of a model's products when the model is loaded.</summary>
internal sealed class MatrixProducts
{
    /// <summary>
    /// Products with more rows that no table lists are left to cuBLAS. It uses instructions that our kernels do not.
    /// </summary>
    internal const int MostOwnRows = 64;

    private const int MeasuredTilings = 4;

    private static readonly int[] RoundRows = [64, 128, 256];

    private readonly KernelLibrary _library;
    private readonly KernelOptions _options;
    private readonly CuBlas? _cuBlas;
    private readonly ProductChoice _choice;
    private readonly ProductTables _tables;

    /// <param name="library">The kernels.</param>
    /// <param name="bfloat16">True if inputs and weights are bf16; else they are f32.</param>
    /// <param name="cuBlas">Null if it is not installed.</param>
    /// <param name="tables">The tables for the device. They are used for bf16 only.</param>
    /// <param name="choice">Whose kernels multiply.</param>
    public MatrixProducts(
        KernelLibrary library,
        bool bfloat16,
        CuBlas? cuBlas,
        ProductTables tables,
        ProductChoice choice = ProductChoice.Automatic)
    {
        if (choice == ProductChoice.CuBlas && cuBlas is null)
            throw new InvalidOperationException("cuBLAS is to multiply, but it is not installed.");
        _library = library;
        _options = new KernelOptions(bfloat16, new Dictionary<string, string>());
        _cuBlas = choice == ProductChoice.Own ? null : cuBlas;
        _tables = bfloat16 ? tables : ProductTables.None;
        _choice = choice;
    }

    private CudaDevice Device => _library.Device;

    /// <summary>
    /// The product of a shape for a bucket of rows, by table or else by rule. All buckets of up to
    /// <see cref="GemvKernel.MaxRows"/> rows use the same kernel, so that a row has the same bits as alone.
    /// </summary>
    public MatrixProduct For(ProductShape shape, int rows)
    {
        ProductLine? line = _tables.Find(shape, rows);
        if (_cuBlas is not null && RowsForCuBlas(line, rows) is > 0 and var called)
            return new CuBlasProduct(_library, _options, _cuBlas, shape, rows, called);
        if (line is null ? rows <= GemvKernel.MaxRows : line.Tiling is null) return Streamed(shape, rows);
        return Tiled(shape, rows, line?.Tiling ?? Tilings(shape, rows)[0]);
    }

    /// <summary>The chosen product and the others that are worth measuring for a shape and rows.</summary>
    public IReadOnlyList<MatrixProduct> Candidates(ProductShape shape, int rows)
    {
        List<MatrixProduct> candidates = [For(shape, rows)];
        if (_choice != ProductChoice.CuBlas)
        {
            if (rows <= GemvKernel.MaxRows) candidates.Add(Streamed(shape, rows));
            foreach (GemmTiling tiling in Tilings(shape, rows).Take(MeasuredTilings))
                candidates.Add(Tiled(shape, rows, tiling));
        }

        if (_cuBlas is not null)
        {
            foreach (int called in RowsWorthCalling(rows))
                candidates.Add(new CuBlasProduct(_library, _options, _cuBlas, shape, rows, called));
        }

        return [.. candidates.DistinctBy(candidate => candidate.Description)];
    }

    /// <summary>The rows that cuBLAS computes; 0 if our kernels multiply.</summary>
    private int RowsForCuBlas(ProductLine? line, int rows)
    {
        if (_choice == ProductChoice.CuBlas) return Math.Max(rows, GemvKernel.MaxRows);
        if (line is not null) return line.CuBlasRows;
        return _options.BFloat16 && rows > MostOwnRows ? rows : 0;
    }

    // The number of rows, at least 8, and the next number that fills whole tiles of cuBLAS.
    internal static IEnumerable<int> RowsWorthCalling(int rows)
    {
        rows = Math.Max(rows, GemvKernel.MaxRows);
        return [rows, .. RoundRows.Where(round => round > rows && round <= 4 * rows).Take(1)];
    }

    private GemvKernel Streamed(ProductShape shape, int rows) =>
        new(_library, _options, shape, rows, Device.Multiprocessors);

    private GemmTiling[] Tilings(ProductShape shape, int rows) =>
        GemmTilings.Candidates(shape, rows, _options.BFloat16, DeviceFigures.Of(Device));

    private GemmKernel Tiled(ProductShape shape, int rows, GemmTiling tiling) =>
        new(_library, _options, shape, rows, tiling, Device.MaxSharedBytesPerBlock);
}
