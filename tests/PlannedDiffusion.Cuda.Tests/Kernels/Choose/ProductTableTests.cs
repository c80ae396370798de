using System.Text;
using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Choose;

/// <summary>Tables of products as files: what is read, what is refused and how, and what a choice follows.</summary>
public sealed class ProductTableTests : IDisposable
{
    private static readonly ProductShape Shape = new(128, 1024, ProductResult.Partial);

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void LinesCountUpToTheirRows()
    {
        ProductTable table = Assert.Single(Parse(Table(
            """{ "rows": 8 }, { "rows": 16, "tile": [16, 64], "splits": 2 }, """ +
            """{ "rows": 64, "tile": [64, 128], "splits": 1, "cuBlasRows": 256 }""")));
        Assert.Equal(("GPU", 9, false, "here"), (table.Device, table.Multiprocessors, table.Measured, table.Origin));
        var small = GemmTiling.Split(new BlockTile(16, 64, true), 1024, 2);
        Assert.Equal(new ProductLine(8, null, 0), table.Find(Shape, 1));
        Assert.Equal(new ProductLine(8, null, 0), table.Find(Shape, 8));
        Assert.Equal(new ProductLine(16, small, 0), table.Find(Shape, 9));
        Assert.Equal(256, table.Find(Shape, 17)!.CuBlasRows);
        Assert.Equal(256, table.Find(Shape, 64)!.CuBlasRows);
        Assert.Null(table.Find(Shape, 65));
        Assert.Null(table.Find(Shape with { Result = ProductResult.Whole }, 1));
    }

    [Fact]
    public void WhatIsWrittenIsReadAgain()
    {
        string file = _folder.File("table.json");
        IReadOnlyList<ProductTable> tables = Parse(Table(
            """{ "rows": 8 }, { "rows": 300, "tile": [128, 64], "splits": 4, "cuBlasRows": 512 }"""));
        ProductTableFile.Write(file, tables);
        Assert.Equal(ProductTableText.Of(tables), ProductTableText.Of(ProductTableFile.Read(file)));
        File.WriteAllBytes(file, [0xEF, 0xBB, 0xBF, .. File.ReadAllBytes(file)]);
        Assert.Equal(ProductTableText.Of(tables), ProductTableText.Of(ProductTableFile.Read(file)));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*.new"));
    }

    [Fact]
    public void MeasuringAShapeAgainReplacesItAlone()
    {
        ProductTable table = Parse(Table("""{ "rows": 8 }"""))[0];
        ProductShape other = Shape with { Outputs = 256 };
        ProductTable both = table.With([new(other, [new ProductLine(16, null, 0)])]);
        ProductTable again = both.With([new(Shape, [new ProductLine(9, null, 0)])]);
        Assert.Equal(2, again.Products.Length);
        Assert.Equal(9, again.Find(Shape, 1)!.Rows);
        Assert.Equal(16, again.Find(other, 1)!.Rows);
    }

    public static TheoryData<string, string> Broken() => new()
    {
        { "", "is not valid JSON" },
        { "[]", "the document is not an object" },
        { "{}", "tables is missing" },
        { """{ "tables": {} }""", "tables is not an array" },
        { """{ "tables": [], "tabels": [] }""", "'tabels', which means nothing here" },
        { """{ "tables": [], "tables": [] }""", "is not valid JSON" },
        { """{ "tables": [7] }""", "tables[0] is not an object" },
        { """{ "about": "all", "tables": [] }""", "about is not an array" },
        { Table("""{ "rows": 8 }""").Replace("\"GPU\"", "\"\"", StringComparison.Ordinal), "device has 0 characters" },
        { Table("""{ "rows": 8 }""").Replace("\"GPU\"", "\"\\n\"", StringComparison.Ordinal), "control characters" },
        { Table("""{ "rows": 8 }""").Replace("\"GPU\"", "\"\\ud800\"", StringComparison.Ordinal), "is not valid JSON" },
        { Table("""{ "rows": 8 }""").Replace("false", "0", StringComparison.Ordinal), "measured is neither true nor" },
        { Table("""{ "rows": 8 }""").Replace("128", "100", StringComparison.Ordinal), "not multiples of 64" },
        { Table("""{ "rows": 8 }""").Replace("128", "1e9", StringComparison.Ordinal), "outputs is not an integer" },
        { Table("""{ "rows": 8 }""").Replace("128", "1e-1", StringComparison.Ordinal), "outputs is not an integer" },
        { Table("""{ "rows": 8 }""").Replace("partial", "parts", StringComparison.Ordinal), "result is 'parts', not" },
        { Table("""{ "rows": 0 }"""), "lines[0].rows is 0, not from 1 to" },
        { Table("""{ "rows": -1 }"""), "lines[0].rows is -1" },
        { Table("""{ "rows": 99999999999 }"""), "lines[0].rows is not an integer of 32 bits" },
        { Table("""{ "rows": "8" }"""), "lines[0].rows is not an integer of 32 bits" },
        { Table("""{ "rows": 8 }, { "rows": 8 }"""), "lines[1] is for 8 rows, behind one for 8" },
        { Table("""{ "rows": 7 }, { "rows": 8 }"""), "lines[0].rows is 7, not 8 or more: a row among few" },
        { Table("""{ "rows": 1, "tile": [16, 64], "splits": 1 }"""), "lines[0].rows is 1, not 8 or more" },
        { Table("""{ "rows": 9 }"""), "lines[0] has no tile, and without one a product has up to 8 rows" },
        { Table("""{ "rows": 8, "splits": 2 }"""), "lines[0].splits belongs to a tile" },
        { Table("""{ "rows": 8, "tile": [16, 64] }"""), "lines[0].splits is missing" },
        { Table("""{ "rows": 8, "tile": [16], "splits": 1 }"""), "lines[0].tile is not [rows, columns]" },
        { Table("""{ "rows": 8, "tile": [48, 64], "splits": 1 }"""), "tile is 48 x 64, which this build" },
        { Table("""{ "rows": 8, "tile": [16, 96], "splits": 1 }"""), "is 16 x 96, which this build does not have" },
        { Table("""{ "rows": 8, "tile": [16, 64], "splits": 17 }"""), "splits is 17, not from 1 to 16" },
        { Table("""{ "rows": 8, "tile": [16, 64], "splits": 7 }"""), "splits is 7, into which 1024 inputs" },
        {
            Table("""{ "rows": 8, "tile": [16, 64], "splits": 2 }""")
                .Replace("partial", "whole", StringComparison.Ordinal),
            "splits is 2, but only a partial result may be split"
        },
        { Table("""{ "rows": 8, "cuBlasRows": 7 }"""), "cuBlasRows is 7, not from 8 to 32" },
        { Table("""{ "rows": 8, "cuBlasRows": 33 }"""), "cuBlasRows is 33, not from 8 to 32" },
        { Table("""{ "rows": 8, "cublasRows": 8 }"""), "'cublasRows', which means nothing here" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void WhatBreaksARuleIsRefusedByItsPlace(string json, string problem)
    {
        string file = _folder.File("broken.json");
        File.WriteAllText(file, json);
        ProductTableException e = Assert.Throws<ProductTableException>(() => ProductTableFile.Read(file));
        Assert.StartsWith($"{file}: ", e.Message, StringComparison.Ordinal);
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShapesAndDevicesAreListedOnce()
    {
        const string One = """{ "outputs": 64, "inputs": 64, "result": "whole", "lines": [] }""";
        string twice = Problem($"{One}, {One}");
        Assert.Contains("products[1] has the shape of one before it", twice, StringComparison.Ordinal);
        string tables = Table("""{ "rows": 8 }""")["""{ "tables": [""".Length..^3];
        ProductTableException e = Assert.Throws<ProductTableException>(
            () => Parse($$"""{ "tables": [{{tables}}, {{tables}}] }"""));
        Assert.Contains("tables[1] is the second for GPU with 9", e.Message, StringComparison.Ordinal);

        static string Problem(string products) => Assert.Throws<ProductTableException>(() => Parse(
            $$"""
            { "tables": [{ "device": "GPU", "multiprocessors": 9, "measured": true, "origin": "x",
              "products": [{{products}}] }] }
            """)).Message;
    }

    [Fact]
    public void FilesThatAreMissingOrTooLargeAreRefused()
    {
        string file = _folder.File("large.json");
        Assert.Contains("cannot be read", Refusal(), StringComparison.Ordinal);
        File.WriteAllText(file, Table("""{ "rows": 8 }""") + new string(' ', 1 << 20));
        Assert.Contains("more than 1048576 bytes", Refusal(), StringComparison.Ordinal);

        string Refusal() => Assert.Throws<ProductTableException>(() => ProductTableFile.Read(file)).Message;
    }

    /// <summary>Planes cost their reader, and cuBLAS the overlap with its neighbours.</summary>
    [Fact]
    public void AChoiceCountsWhatAProductCostsItsNeighbours()
    {
        BlockTile tile = new(16, 64, true);
        GemmTiling one = GemmTiling.Split(tile, 1024, 1), four = GemmTiling.Split(tile, 1024, 4);
        (ProductLine, double)[] measured =
        [
            (new(8, null, 0), 10), (new(8, null, 8), 8.5),
            (new(16, one, 0), 10), (new(16, four, 0), 9.6), (new(16, null, 16), 9), (new(16, null, 64), 7.5),
            (new(32, one, 0), 10), (new(32, four, 0), 9.5), (new(32, null, 64), 7.5),
            (new(64, one, 0), 10), (new(64, four, 0), 9.5),
        ];
        Assert.Equal(
            [new(8, null, 0), new(16, one, 64), new(32, four, 64), new(64, four, 0)],
            ProductChoices.Choose(Shape, measured, overlaps: true).Lines);
        Assert.Equal(
            [new(8, null, 8), new(16, one, 64), new(32, four, 64), new(64, four, 0)],
            ProductChoices.Choose(Shape, measured, overlaps: false).Lines);
    }

    /// <summary>One line for all few rows: what is fastest for one of their numbers may be slow for another.</summary>
    [Fact]
    public void FewRowsAreOneChoice()
    {
        BlockTile tile = new(16, 64, true);
        GemmTiling one = GemmTiling.Split(tile, 1024, 1), two = GemmTiling.Split(tile, 1024, 2);
        (ProductLine, double)[] measured =
        [
            (new(1, null, 0), 10), (new(1, one, 0), 9), (new(1, two, 0), 1), (new(1, null, 8), 12),
            (new(4, null, 0), 10), (new(4, one, 0), 12), (new(4, null, 8), 12),
            (new(8, null, 0), 11), (new(8, one, 0), 12), (new(8, null, 8), 6),
            (new(16, one, 0), 10),
        ];
        Assert.Equal(
            [new(8, null, 8), new(16, one, 0)], ProductChoices.Choose(Shape, measured, overlaps: false).Lines);
        Assert.Equal(
            [new(8, null, 0), new(16, one, 0)], ProductChoices.Choose(Shape, measured, overlaps: true).Lines);
    }

    private static IReadOnlyList<ProductTable> Parse(string json) =>
        ProductTableFile.Parse(Encoding.UTF8.GetBytes(json), "table.json");

    private static string Table(string lines) =>
        $$"""
        { "tables": [{ "device": "GPU", "multiprocessors": 9, "measured": false, "origin": "here", "products": [
          { "outputs": 128, "inputs": 1024, "result": "partial", "lines": [{{lines}}] }] }] }
        """;
}
