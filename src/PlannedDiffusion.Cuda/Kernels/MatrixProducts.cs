using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels;

/// <summary>Whose kernels multiply.</summary>
public enum ProductChoice
{
    /// <summary>Ours for few rows, cuBLAS for many, or what was measured.</summary>
    Automatic,

    /// <summary>Ours only.</summary>
    Own,

    /// <summary>cuBLAS only.</summary>
    CuBlas,
}

/// <summary>Chooses and loads the kernel of each product of a model when the model is loaded.</summary>
internal sealed class MatrixProducts
{
    /// <summary>
    /// With more rows than one tile of ours has, the time is that of multiplying, where cuBLAS has instructions that
    /// our kernels do not use.
    /// </summary>
    private const int MostOwnRows = 128;

    private const int MeasuredTilings = 4;

    private readonly KernelLibrary _library;
    private readonly KernelOptions _options;
    private readonly CuBlas? _cuBlas;
    private readonly ProductChoice _choice;
    private readonly Dictionary<(ProductShape, int), MatrixProduct> _preferred = [];

    /// <param name="library">The kernels.</param>
    /// <param name="bfloat16">The element of inputs and weights is bf16; else f32.</param>
    /// <param name="cuBlas">Null where it is not installed.</param>
    /// <param name="choice">Whose kernels multiply.</param>
    public MatrixProducts(
        KernelLibrary library, bool bfloat16, CuBlas? cuBlas, ProductChoice choice = ProductChoice.Automatic)
    {
        if (choice == ProductChoice.CuBlas && cuBlas is null)
            throw new InvalidOperationException("cuBLAS is to multiply, but it is not installed.");
        _library = library;
        _options = new KernelOptions(bfloat16, new Dictionary<string, string>());
        _cuBlas = choice == ProductChoice.Own ? null : cuBlas;
        _choice = choice;
    }

    private CudaDevice Device => _library.Device;

    /// <summary>The product of a shape for a bucket of rows: as measured, or else by rule.</summary>
    public MatrixProduct For(ProductShape shape, int rows)
    {
        if (_preferred.TryGetValue((shape, rows), out MatrixProduct? preferred)) return preferred;
        if (_cuBlas is not null && (_choice == ProductChoice.CuBlas || (_options.BFloat16 && rows > MostOwnRows)))
            return new CuBlasProduct(_library, _options, _cuBlas, shape, rows);
        if (rows <= GemvKernel.MaxRows)
            return new GemvKernel(_library, _options, shape, rows, Device.Multiprocessors);
        return Tiled(shape, rows, Tilings(shape, rows)[0]);
    }

    /// <summary>From now on this is the product of its shape and rows.</summary>
    public void Prefer(MatrixProduct product) => _preferred[(product.Shape, product.Rows)] = product;

    /// <summary>The products that are worth measuring for a shape and rows.</summary>
    public IReadOnlyList<MatrixProduct> Candidates(ProductShape shape, int rows)
    {
        var candidates = new List<MatrixProduct>();
        if (_choice != ProductChoice.CuBlas)
        {
            if (rows <= GemvKernel.MaxRows)
                candidates.Add(new GemvKernel(_library, _options, shape, rows, Device.Multiprocessors));
            foreach (GemmTiling tiling in Tilings(shape, rows).Take(MeasuredTilings))
                candidates.Add(Tiled(shape, rows, tiling));
        }

        if (_cuBlas is not null) candidates.Add(new CuBlasProduct(_library, _options, _cuBlas, shape, rows));
        return candidates;
    }

    private GemmTiling[] Tilings(ProductShape shape, int rows) => GemmTiling.Candidates(
        shape, rows, _options.BFloat16, Device.Multiprocessors, Device.MaxSharedBytesPerBlock);

    private GemmKernel Tiled(ProductShape shape, int rows, GemmTiling tiling) =>
        new(_library, _options, shape, rows, tiling, Device.MaxSharedBytesPerBlock);
}
