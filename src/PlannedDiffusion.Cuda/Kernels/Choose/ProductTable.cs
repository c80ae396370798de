using System.Collections.Immutable;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>The kernel for products of a shape with more rows than the previous line, up to its own.</summary>
/// <param name="Rows">The most rows.</param>
/// <param name="Tiling">The tiling of <c>gemm.cu</c>, or null for <c>gemv.cu</c>.</param>
/// <param name="CuBlasRows">
/// The rows that cuBLAS computes, at least those of the product. 0 if our kernel multiplies. If cuBLAS is not
/// installed, our kernel multiplies.
/// </param>
internal sealed record ProductLine(int Rows, GemmTiling? Tiling, int CuBlasRows)
{
    /// <summary>The line that describes this product.</summary>
    public static ProductLine Of(MatrixProduct product) => product switch
    {
        GemmKernel tiled => new(product.Rows, tiled.Tiling, 0),
        CuBlasProduct => new(product.Rows, null, product.InputRows),
        _ => new(product.Rows, null, 0),
    };
}

/// <summary>The lines of a shape, by ascending rows.</summary>
internal sealed record ProductLines(ProductShape Shape, ImmutableArray<ProductLine> Lines);

/// <summary>
/// Which kernel computes which product on a device, in bf16. The choice is stored, so that every start on such a device
/// computes the same bits.
/// </summary>
/// <param name="Device">The beginning of the device's name, or its architecture, for instance <c>sm_80</c>.</param>
/// <param name="Multiprocessors">
/// The device's streaming multiprocessors. A part of a device (MIG) counts as another device.
/// </param>
/// <param name="Measured">True if the table was measured on the device; else it was estimated.</param>
/// <param name="Origin">Where the table comes from, for people.</param>
/// <param name="Products">The lines of each shape.</param>
internal sealed record ProductTable(
    string Device, int Multiprocessors, bool Measured, string Origin, ImmutableArray<ProductLines> Products)
{
    /// <summary>True if the table is for this device.</summary>
    public bool IsFor(CudaDevice device) => Multiprocessors == device.Multiprocessors
        && (Device == device.Architecture || device.Name.StartsWith(Device, StringComparison.Ordinal));

    /// <summary>The line for a shape and a number of rows; null if it is not listed.</summary>
    public ProductLine? Find(ProductShape shape, int rows) => Products
        .FirstOrDefault(product => product.Shape == shape)?.Lines
        .FirstOrDefault(line => line.Rows >= rows);

    /// <summary>The same table with these products. They replace its own products of the same shapes.</summary>
    public ProductTable With(IReadOnlyCollection<ProductLines> products) => this with
    {
        Products = [.. products, .. Products.Where(own => products.All(other => other.Shape != own.Shape))],
    };
}
