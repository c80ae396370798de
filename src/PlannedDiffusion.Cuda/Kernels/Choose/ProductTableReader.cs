using System.Collections.Immutable;
using PlannedDiffusion.Cuda.Kernels.Launch;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>Reads tables of products from JSON and checks that this build can use them.</summary>
internal static class ProductTableReader
{
    private const int MostRows = 1 << 16;
    private const int MostMultiprocessors = 4096;
    private const int LongestText = 200;

    /// <summary>cuBLAS may compute at most this many times the rows of a product.</summary>
    private const int MostSurplus = 4;

    public static IReadOnlyList<ProductTable> Read(ProductTableField root)
    {
        root.Only("about", "tables");
        _ = root.Optional("about")?.Items().Select(line => line.Text(LongestText)).ToArray();
        var tables = new List<ProductTable>();
        foreach (ProductTableField field in root.Member("tables").Items())
        {
            ProductTable table = ReadTable(field);
            if (tables.Any(other => (other.Device, other.Multiprocessors) == (table.Device, table.Multiprocessors)))
                throw field.Error($"is the second for {table.Device} with {table.Multiprocessors} multiprocessors");
            tables.Add(table);
        }

        return tables;
    }

    private static ProductTable ReadTable(ProductTableField field)
    {
        field.Only("device", "multiprocessors", "measured", "origin", "products");
        var products = ImmutableArray.CreateBuilder<ProductLines>();
        foreach (ProductTableField item in field.Member("products").Items())
        {
            ProductLines lines = ReadLines(item);
            if (products.Any(other => other.Shape == lines.Shape)) throw item.Error("has the shape of one before it");
            products.Add(lines);
        }

        return new ProductTable(
            field.Member("device").Text(LongestText),
            field.Member("multiprocessors").Integer(1, MostMultiprocessors),
            field.Member("measured").Flag(),
            field.Member("origin").Text(LongestText),
            products.ToImmutable());
    }

    private static ProductLines ReadLines(ProductTableField field)
    {
        field.Only("outputs", "inputs", "result", "lines");
        var shape = new ProductShape(
            field.Member("outputs").Integer(1, int.MaxValue),
            field.Member("inputs").Integer(1, int.MaxValue),
            ReadResult(field.Member("result")));
        try
        {
            shape.Validate();
        }
        catch (ArgumentException e)
        {
            throw field.Error($"has a shape that no product has: {e.Message}");
        }

        var lines = ImmutableArray.CreateBuilder<ProductLine>();
        foreach (ProductTableField item in field.Member("lines").Items())
        {
            ProductLine line = ReadLine(item, shape);
            if (lines.Count == 0 && line.Rows < GemvKernel.MaxRows)
            {
                throw item.Member("rows").Error(
                    $"is {line.Rows}, not {GemvKernel.MaxRows} or more: a row among few has the bits that it has " +
                    "alone, so the first line is for all of them");
            }

            if (lines.Count > 0 && line.Rows <= lines[^1].Rows)
                throw item.Error($"is for {line.Rows} rows, behind one for {lines[^1].Rows}");
            lines.Add(line);
        }

        return new ProductLines(shape, lines.ToImmutable());
    }

    private static ProductLine ReadLine(ProductTableField field, ProductShape shape)
    {
        field.Only("rows", "tile", "splits", "cuBlasRows");
        int rows = field.Member("rows").Integer(1, MostRows);
        int called = field.Optional("cuBlasRows")?.Integer(rows, MostSurplus * rows) ?? 0;
        if (field.Optional("tile") is { } tile)
            return new ProductLine(rows, ReadTiling(tile, field.Member("splits"), shape), called);
        if (field.Optional("splits") is { } splits) throw splits.Error("belongs to a tile, and there is none");
        if (rows > GemvKernel.MaxRows)
            throw field.Error($"has no tile, and without one a product has up to {GemvKernel.MaxRows} rows");
        return new ProductLine(rows, null, called);
    }

    private static GemmTiling ReadTiling(ProductTableField field, ProductTableField splitsField, ProductShape shape)
    {
        if (field.Items() is not [var rowsField, var columnsField]) throw field.Error("is not [rows, columns]");
        int rows = rowsField.Integer(1, int.MaxValue), columns = columnsField.Integer(1, int.MaxValue);
        if (!BlockTile.RowSizes.Contains(rows) || !BlockTile.ColumnSizes.Contains(columns))
        {
            throw field.Error(
                $"is {rows} x {columns}, which this build does not have: tiles have {List(BlockTile.RowSizes)} rows " +
                $"and {List(BlockTile.ColumnSizes)} columns");
        }

        int splits = splitsField.Integer(1, GemmTiling.MaxSplits);
        if (splits > 1 && shape.Result != ProductResult.Partial)
            throw splitsField.Error($"is {splits}, but only a partial result may be split");
        var tiling = GemmTiling.Split(new BlockTile(rows, columns, BFloat16: true), shape.Inputs, splits);
        if (tiling.Splits != splits)
            throw splitsField.Error($"is {splits}, into which {shape.Inputs} inputs cannot be cut");
        return tiling;
    }

    private static ProductResult ReadResult(ProductTableField field)
    {
        string name = field.Text(LongestText);
        foreach (ProductResult result in Enum.GetValues<ProductResult>())
        {
            if (ProductTableText.Name(result) == name) return result;
        }

        throw field.Error($"is '{name}', not partial, whole or siluMul");
    }

    private static string List(ReadOnlySpan<int> sizes) =>
        $"{string.Join(", ", sizes[..^1].ToArray())} or {sizes[^1]}";
}
