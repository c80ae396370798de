using System.Reflection;
using System.Text.Json;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>
/// Files with tables of products. They are untrusted. The format is described in <c>kernels/products.json</c>.
/// </summary>
internal static class ProductTableFile
{
    /// <summary>The name of the embedded file.</summary>
    public const string EmbeddedName = "products.json";

    /// <summary>The most bytes of a file, enough for some thousand products.</summary>
    private const int MaxBytes = 1 << 20;

    /// <summary>The embedded tables.</summary>
    public static IReadOnlyList<ProductTable> Embedded { get; } = ReadEmbedded();

    /// <exception cref="ProductTableException">
    /// The file cannot be read or is not valid. The message says where.
    /// </exception>
    public static IReadOnlyList<ProductTable> Read(string path)
    {
        try
        {
            return Parse(RegularFile.ReadText(path, MaxBytes), path);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not ProductTableException)
        {
            throw new ProductTableException(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes a file for <see cref="Read"/>, completely or not at all.</summary>
    public static void Write(string path, IEnumerable<ProductTable> tables)
    {
        File.WriteAllText(path + ".new", ProductTableText.Of(tables));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <exception cref="ProductTableException">The text is not valid. The message says where.</exception>
    public static IReadOnlyList<ProductTable> Parse(ReadOnlyMemory<byte> json, string name)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(json);
            return ProductTableReader.Read(new ProductTableField(name, "", document.RootElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ProductTableException(name, $"is not valid JSON: {MessageText.OneLine(e.Message)}", e);
        }
    }

    private static IReadOnlyList<ProductTable> ReadEmbedded()
    {
        using Stream stream = Assembly.GetExecutingAssembly()
            .GetManifestResourceStream(EmbeddedName)!;
        var json = new byte[stream.Length];
        stream.ReadExactly(json);
        return Parse(json, EmbeddedName);
    }
}
