using System.Globalization;
using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Cuda.Steps;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Device;

/// <summary>
/// The matrix products of a layer and of the output head: the kernel that the runner chooses, our fastest one, and
/// cuBLAS. The ratio is to the time of reading the weights at the copy bandwidth.
/// </summary>
internal static class ProductBench
{
    public const string Name = "products";

    /// <summary>The most rows in a table. Larger steps are bound by arithmetic and need none.</summary>
    private const int MostRows = 256;

    /// <param name="bench">The device.</param>
    /// <param name="config">The model whose products are measured.</param>
    /// <param name="rows">Receives the times.</param>
    /// <param name="table">File for a table of the fastest kernels; null for none.</param>
    public static void Run(DeviceBench bench, ModelConfig config, DeviceRows rows, string? table)
    {
        using CuBlas? cuBlas = CuBlas.TryLoad(bench.Device, bench.Stream, out string? reason);
        if (reason is not null) bench.Notes.Add($"Products of cuBLAS are not measured. {reason}");
        if (table is not null && cuBlas is null)
            throw new InvalidOperationException("--table needs cuBLAS for comparison, and it is not available");
        bool exists = table is not null && File.Exists(table);
        IReadOnlyList<ProductTable> others = exists ? ProductTableFile.Read(table!) : [];
        var products = new MatrixProducts(bench.Library, bfloat16: true, cuBlas, bench.Products);
        var timings = new ProductTimings(bench.Device, bench.Stream, bfloat16: true);
        var lines = new List<ProductLines>();
        foreach ((string name, ProductShape shape) in Shapes(config))
        {
            int[] buckets = bench.IsSmall ? [1, 16] : [.. Buckets()];
            IReadOnlyList<ProductTiming> measured = timings.Measure(products, [shape], buckets);
            foreach (IGrouping<int, ProductTiming> ofRows in measured.GroupBy(timing => timing.Product.Rows))
                Add(rows, name, products.For(shape, ofRows.Key).Description, [.. ofRows]);
            var ways = measured.Select(timing => (ProductLine.Of(timing.Product), timing.Microseconds));
            lines.Add(ProductChoices.Choose(shape, ways, bench.OverlapsKernels));
        }

        if (table is not null) ProductTableFile.Write(table, Merged(others, bench, lines));
    }

    // The timings are sorted, the fastest first.
    private static void Add(DeviceRows rows, string name, string chosen, ProductTiming[] all)
    {
        Add(rows, name, all.First(timing => timing.Product.Description == chosen), "chosen: ");
        ProductTiming own = all.First(timing => timing.Product is not CuBlasProduct);
        if (own.Product.Description != chosen) Add(rows, name, own, "own: ");
        foreach (ProductTiming theirs in all.Where(timing => timing.Product is CuBlasProduct))
        {
            if (theirs.Product.Description != chosen) Add(rows, name, theirs, "");
        }
    }

    private static void Add(DeviceRows rows, string name, ProductTiming timing, string kind)
    {
        ProductShape shape = timing.Product.Shape;
        int count = timing.Product.Rows;
        double readOnce = timing.WeightBytes / rows.CopyGigabytesPerSecond / 1e3;
        var time = new DeviceTime(timing.Microseconds, timing.Microseconds);
        rows.Add(new DeviceMeasurement(Name, name, count, time)
        {
            Bytes = timing.WeightBytes,
            Flops = 2.0 * count * shape.Outputs * shape.Inputs,
            Ratio = timing.Microseconds / readOnce,
            Detail = kind + timing.Product.Description,
        });
    }

    private static IEnumerable<ProductTable> Merged(
        IReadOnlyList<ProductTable> others, DeviceBench bench, IReadOnlyCollection<ProductLines> lines)
    {
        string date = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string origin = $"{date}, driver for CUDA {bench.DriverVersion / 1000}.{bench.DriverVersion % 1000 / 10}";
        var table = new ProductTable(bench.Device.Name, bench.Device.Multiprocessors, Measured: true, origin, []);
        ProductTable? own = others.FirstOrDefault(other => other.IsFor(bench.Device));
        if (own is not null) table = table with { Products = own.Products };
        return [table.With(lines), .. others.Where(other => other != own)];
    }

    private static IEnumerable<int> Buckets()
    {
        var buckets = new RowBuckets(MostRows, withNone: false);
        return Enumerable.Range(0, buckets.Count).Select(buckets.Size);
    }

    private static IEnumerable<(string Name, ProductShape Shape)> Shapes(ModelConfig config)
    {
        int hidden = PaddedWidth.Of(config.HiddenSize), mlp = PaddedWidth.Of(config.IntermediateSize);
        int attended = PaddedWidth.Of(config.QuerySize);
        yield return ("qkv", new(PaddedWidth.Of(config.QuerySize + 2 * config.KvSize), hidden, ProductResult.Partial));
        yield return ("output", new(hidden, attended, ProductResult.Partial));
        yield return ("gate_up", new(2 * mlp, hidden, ProductResult.SiluMul));
        yield return ("down", new(hidden, mlp, ProductResult.Partial));
        yield return ("head", new(PaddedWidth.Of(config.VocabularySize), hidden, ProductResult.Whole));
    }
}
