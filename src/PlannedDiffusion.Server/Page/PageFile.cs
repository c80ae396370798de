using System.Reflection;
using System.Security.Cryptography;

namespace PlannedDiffusion.Server.Page;

/// <summary>A file of the page, as it lies in the assembly.</summary>
/// <param name="Name">Its name, from the page's folder on.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Tag">Its entity tag: other bytes have another one.</param>
internal sealed record PageFile(string Name, string ContentType, byte[] Content, string Tag)
{
    private const string Prefix = "wwwroot/";

    /// <summary>All files of the page.</summary>
    public static IReadOnlyList<PageFile> All { get; } =
    [
        .. typeof(PageFile).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(Read),
    ];

    private static PageFile Read(string resource)
    {
        using Stream stream = typeof(PageFile).Assembly.GetManifestResourceStream(resource)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content), 0, 12)}\"";
        return new PageFile(resource[Prefix.Length..], TypeOf(Path.GetExtension(resource)), content, tag);
    }

    private static string TypeOf(string extension) => extension switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidOperationException($"No media type is known for {extension}."),
    };
}
