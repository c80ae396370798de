using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PlannedDiffusion.Cuda.Kernels.Launch;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>Writes tables of products as JSON, one line of text for each line of a table.</summary>
internal static class ProductTableText
{
    private static readonly string[] About =
    [
        "Which kernel computes which product on which device, in bf16. The first table for the device is used: its",
        "device is the beginning of the device's name or its architecture, and the multiprocessors are equal. A",
        "line is for the rows up to its own and above those of the previous line. The first line is for 8 rows or",
        "more, because a row among up to 8 has the same bits as alone. tile and splits: [rows, columns] of gemm.cu,",
        "and the parts of the inputs; without them: gemv.cu. cuBlasRows: if cuBLAS is installed, it multiplies this",
        "many rows. Products that no line lists: gemv.cu up to 8 rows, the fastest tile by the estimate of",
        "GemmTilings up to 64, cuBLAS above. Tables with measured: true come from: pd-bench cuda products --table",
        "FILE",
    ];

    public static string Of(IEnumerable<ProductTable> tables)
    {
        var text = new StringBuilder("{\n  \"about\": [\n");
        Join(text, About, line => text.Append($"    {Quote(line)}"));
        text.Append("  ],\n  \"tables\": [\n");
        Join(text, tables, table => Append(text, table));
        return text.Append("  ]\n}\n").ToString();
    }

    public static string Name(ProductResult result) => result switch
    {
        ProductResult.Partial => "partial",
        ProductResult.Whole => "whole",
        _ => "siluMul",
    };

    private static void Append(StringBuilder text, ProductTable table)
    {
        text.Append("    {\n");
        text.Append($"      \"device\": {Quote(table.Device)},\n");
        text.Append($"      \"multiprocessors\": {table.Multiprocessors},\n");
        text.Append($"      \"measured\": {(table.Measured ? "true" : "false")},\n");
        text.Append($"      \"origin\": {Quote(table.Origin)},\n");
        text.Append("      \"products\": [\n");
        Join(text, table.Products, product => Append(text, product));
        text.Append("      ]\n    }");
    }

    private static void Append(StringBuilder text, ProductLines product)
    {
        text.Append("        {\n");
        text.Append($"          \"outputs\": {product.Shape.Outputs},\n");
        text.Append($"          \"inputs\": {product.Shape.Inputs},\n");
        text.Append($"          \"result\": {Quote(Name(product.Shape.Result))},\n");
        text.Append("          \"lines\": [\n");
        Join(text, product.Lines, line =>
        {
            text.Append($"            {{ \"rows\": {line.Rows}");
            if (line.Tiling is { } own)
                text.Append($", \"tile\": [{own.Tile.Rows}, {own.Tile.Columns}], \"splits\": {own.Splits}");
            if (line.CuBlasRows > 0) text.Append($", \"cuBlasRows\": {line.CuBlasRows}");
            text.Append(" }");
        });
        text.Append("          ]\n        }");
    }

    private static void Join<T>(StringBuilder text, IEnumerable<T> items, Action<T> append)
    {
        bool first = true;
        foreach (T item in items)
        {
            if (!first) text.Append(",\n");
            first = false;
            append(item);
        }

        if (!first) text.Append('\n');
    }

    private static string Quote(string text) =>
        $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
