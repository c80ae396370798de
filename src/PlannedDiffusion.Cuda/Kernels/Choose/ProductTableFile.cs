using System.Reflection;
using System.Text.Json;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>Files with tables of products; <c>kernels/products.json</c> describes itself. Untrusted.</summary>
internal static class ProductTableFile
{
    /// <summary>The one that this build carries.</summary>
    public const string EmbeddedName = "products.json";

    /// <summary>Bytes: some thousand products.</summary>
    private const int MaxBytes = 1 << 20;

    /// <summary>The tables that this build carries.</summary>
    public static IReadOnlyList<ProductTable> Embedded { get; } = ReadEmbedded();

    /// <exception cref="ProductTableException">It cannot be read, or breaks a rule; the message says where.</exception>
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

    /// <summary>Writes a file that <see cref="Read"/> reads; all of it or nothing.</summary>
    public static void Write(string path, IEnumerable<ProductTable> tables)
    {
        File.WriteAllText(path + ".new", ProductTableText.Of(tables));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <exception cref="ProductTableException">It breaks a rule; the message says where.</exception>
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
