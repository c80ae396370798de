using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Steps;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Choose;

/// <summary>
/// <c>kernels/products.json</c> holds no number that somebody chose: its tables follow from the recorded measurements
/// or, for devices that nobody measured, from <see cref="GemmTiling"/>.
/// </summary>
public sealed partial class BuiltInProductTableTests
{
    private static readonly (string Name, ProductShape Shape)[] Shapes =
    [
        ("qkv", new(4608, 3584, ProductResult.Partial)),
        ("output", new(3584, 3584, ProductResult.Partial)),
        ("gate_up", new(37888, 3584, ProductResult.SiluMul)),
        ("down", new(3584, 18944, ProductResult.Partial)),
        ("head", new(152064, 3584, ProductResult.Whole)),
    ];

    [Fact]
    public void TheFileIsWhatTheseTablesAreWrittenAs()
    {
        ProductTable[] tables =
        [
            new("NVIDIA H200", 132, true, "2026-11-27, driver for CUDA 13.0; bench/results/h200/products.json",
                [.. Shapes.Select(product => Measured(product.Name, product.Shape))]),
            new("NVIDIA H100", 132, false, "GemmTiling: 132 multiprocessors at 1.98 GHz, memory of 3.35 TB/s",
                [.. Shapes.Select(product => Estimated(product.Shape, DeviceFigures.H100))]),
            new("sm_80", 108, false, "GemmTiling: 108 multiprocessors at 1.41 GHz, memory of 2.04 TB/s",
                [.. Shapes.Select(product => Estimated(product.Shape, DeviceFigures.A100))]),
        ];
        string text = File.ReadAllText(Repository.PathTo("kernels", "products.json"));
        Assert.Equal(ProductTableText.Of(tables), text);
        Assert.Equal(text, ProductTableText.Of(ProductTableFile.Embedded));
    }

    /// <summary>What is compiled ahead, and by the real compilers in CI.</summary>
    [Fact]
    public void EveryTileIsAmongTheVariantsThatAreCompiledWithoutAModel()
    {
        string[] variants = File.ReadAllLines(Repository.PathTo("kernels", "variants.txt"));
        foreach (ProductTable table in ProductTableFile.Embedded)
        {
            int shared = (table.Device == "sm_80" ? DeviceFigures.A100 : DeviceFigures.H100).SharedBytes;
            foreach (ProductLine line in table.Products.SelectMany(product => product.Lines))
            {
                if (line.Tiling?.Tile is not { } tile) continue;
                Assert.True(tile.Fits(shared));
                Assert.Contains(
                    $"gemm.cu: ELEMENT_BF16 TILE_ROWS={tile.Rows} TILE_COLUMNS={tile.Columns} " +
                    $"STAGES={tile.Stages(shared)}",
                    variants);
            }
        }
    }

    // A recorded row names what was measured: "chosen: gemv, 16 outputs", "own: gemm 64 x 192, 5 splits", "cuBLAS".
    private static ProductLines Measured(string name, ProductShape shape)
    {
        string file = Repository.PathTo("bench", "results", "h200", "products.json");
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        (int Rows, string Way, double Microseconds)[] recorded =
        [
            .. document.RootElement.GetProperty("rows").EnumerateArray()
                .Where(row => row.GetProperty("name").GetString() == name)
                .Select(row => (
                    row.GetProperty("rows").GetInt32(),
                    row.GetProperty("detail").GetString()!.Split(": ")[^1],
                    row.GetProperty("medianMicroseconds").GetDouble())),
        ];
        var ways = new List<(ProductLine, double)>();
        foreach ((int rows, string way, double time) in recorded)
        {
            if (!way.StartsWith("cuBLAS", StringComparison.Ordinal)) ways.Add((Own(rows, way, shape), time));
            // cuBLAS with as many rows, and with the next number that it was measured with and that fills its tiles.
            foreach (int called in MatrixProducts.RowsWorthCalling(rows))
            {
                foreach (var other in recorded.Where(other => (other.Rows, other.Way) == (called, "cuBLAS")))
                    ways.Add((new ProductLine(rows, null, called), other.Microseconds));
            }
        }

        return ProductChoices.Choose(shape, ways, overlaps: true);
    }

    private static ProductLine Own(int rows, string way, ProductShape shape)
    {
        if (way.StartsWith("gemv", StringComparison.Ordinal)) return new ProductLine(rows, null, 0);
        int[] sizes = [.. Numbers().Matches(way).Select(match => int.Parse(match.Value, CultureInfo.InvariantCulture))];
        BlockTile tile = new(sizes[0], sizes[1], BFloat16: true);
        return new ProductLine(rows, GemmTiling.Split(tile, shape.Inputs, sizes[2]), 0);
    }

    private static ProductLines Estimated(ProductShape shape, DeviceFigures device)
    {
        var buckets = new RowBuckets(256, withNone: false);
        var ways = new List<(ProductLine, double)>();
        foreach (int rows in Enumerable.Range(0, buckets.Count).Select(buckets.Size))
        {
            GemmTiling fastest = GemmTilings.Candidates(shape, rows, true, device)[0];
            ways.Add((new ProductLine(rows, rows <= GemvKernel.MaxRows ? null : fastest, 0), 1));
            if (rows > MatrixProducts.MostOwnRows) ways.Add((new ProductLine(rows, null, rows), 0));
        }

        return ProductChoices.Choose(shape, ways, overlaps: false);
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Numbers();
}
