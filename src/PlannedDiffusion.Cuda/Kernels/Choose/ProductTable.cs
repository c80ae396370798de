using System.Collections.Immutable;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>What multiplies steps of a shape that have up to so many rows, and more than the line before it.</summary>
/// <param name="Rows">Most rows.</param>
/// <param name="Tiling">Ours, where cuBLAS is missing or not named: tiles, or null for the product of few rows.</param>
/// <param name="CuBlasRows">
/// cuBLAS multiplies, and computes so many rows, which may be more than the step has; 0: ours does.
/// </param>
internal sealed record ProductLine(int Rows, GemmTiling? Tiling, int CuBlasRows)
{
    /// <summary>The line that says what this product does.</summary>
    public static ProductLine Of(MatrixProduct product) => product switch
    {
        GemmKernel tiled => new(product.Rows, tiled.Tiling, 0),
        CuBlasProduct => new(product.Rows, null, product.InputRows),
        _ => new(product.Rows, null, 0),
    };
}

/// <summary>The products of a shape, by rows, ascending.</summary>
internal sealed record ProductLines(ProductShape Shape, ImmutableArray<ProductLine> Lines);

/// <summary>
/// Which kernel multiplies what on a device, in bf16: found out once and written down, so that every start on such a
/// device computes the same bits.
/// </summary>
/// <param name="Device">The beginning of its product's name, or its architecture, for instance <c>sm_80</c>.</param>
/// <param name="Multiprocessors">Its streaming multiprocessors: parts of a device are devices of their own.</param>
/// <param name="Measured">Measured on it; else estimated.</param>
/// <param name="Origin">Where the table comes from, for readers.</param>
/// <param name="Products">By shape.</param>
internal sealed record ProductTable(
    string Device, int Multiprocessors, bool Measured, string Origin, ImmutableArray<ProductLines> Products)
{
    /// <summary>Whether it is about this device.</summary>
    public bool IsFor(CudaDevice device) => Multiprocessors == device.Multiprocessors
        && (Device == device.Architecture || device.Name.StartsWith(Device, StringComparison.Ordinal));

    /// <summary>Null if the shape, or so many rows of it, are not listed.</summary>
    public ProductLine? Find(ProductShape shape, int rows) => Products
        .FirstOrDefault(product => product.Shape == shape)?.Lines
        .FirstOrDefault(line => line.Rows >= rows);

    /// <summary>The same table with these products, instead of its own of the same shapes.</summary>
    public ProductTable With(IReadOnlyCollection<ProductLines> products) => this with
    {
        Products = [.. products, .. Products.Where(own => products.All(other => other.Shape != own.Shape))],
    };
}
