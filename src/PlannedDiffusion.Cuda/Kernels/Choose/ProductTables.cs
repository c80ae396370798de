using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>The tables for a device: the requested one first, then the embedded one.</summary>
internal sealed class ProductTables
{
    /// <summary>The environment variable that names a file if the options do not.</summary>
    public const string FileVariable = "PD_CUDA_PRODUCTS";

    private readonly IReadOnlyList<ProductTable> _tables;

    private ProductTables(IReadOnlyList<ProductTable> tables, string description)
    {
        _tables = tables;
        Description = description;
    }

    /// <summary>No table: all products are chosen by rule.</summary>
    public static ProductTables None { get; } = new([], "by rule");

    /// <summary>Where the choice of products comes from, for people.</summary>
    public string Description { get; }

    /// <param name="device">The device.</param>
    /// <param name="file">A file with tables; null for the one that the environment names, if any.</param>
    /// <exception cref="ProductTableException">
    /// The file cannot be read, is not valid, or has no table for the device.
    /// </exception>
    public static ProductTables For(CudaDevice device, string? file)
    {
        var tables = new List<ProductTable>();
        string description = None.Description;
        file ??= Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } named ? named : null;
        if (ProductTableFile.Embedded.FirstOrDefault(table => table.IsFor(device)) is { } carried)
        {
            tables.Add(Fitting(carried, device, ProductTableFile.EmbeddedName));
            description = $"{(carried.Measured ? "measured" : "estimated")} for {carried.Device}";
        }

        if (file is not null)
        {
            tables.Insert(0, Fitting(Asked(file, device), device, file));
            description = $"from {file}";
        }

        return tables.Count == 0 ? None : new ProductTables(tables, description);
    }

    /// <summary>One table.</summary>
    public static ProductTables Of(ProductTable table) => new([table], table.Device);

    /// <summary>The line for a shape and a number of rows; null if no table lists them.</summary>
    public ProductLine? Find(ProductShape shape, int rows) =>
        _tables.Select(table => table.Find(shape, rows)).FirstOrDefault(line => line is not null);

    private static ProductTable Asked(string file, CudaDevice device)
    {
        IReadOnlyList<ProductTable> all = ProductTableFile.Read(file);
        return all.FirstOrDefault(table => table.IsFor(device)) ?? throw new ProductTableException(
            file,
            $"has no table for {device.Name} ({device.Architecture}) with {device.Multiprocessors} multiprocessors, " +
            $"but for {string.Join(", ", all.Select(table => $"{table.Device} with {table.Multiprocessors}"))}");
    }

    private static ProductTable Fitting(ProductTable table, CudaDevice device, string file)
    {
        int shared = device.MaxSharedBytesPerBlock;
        foreach (GemmTiling? tiling in table.Products.SelectMany(product => product.Lines).Select(line => line.Tiling))
        {
            if (tiling?.Tile is not { } tile || tile.Fits(shared)) continue;
            throw new ProductTableException(
                file,
                $"tile {tile.Rows} x {tile.Columns} needs more shared memory than the {shared} bytes that a block " +
                $"has on {device.Name}");
        }

        return table;
    }
}
