using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>
/// A kernel file with all headers that it includes, directly or indirectly, under the names in the include directives.
/// </summary>
internal sealed partial class KernelSource
{
    /// <summary>The prefix of the embedded files' names.</summary>
    internal const string Root = "kernels/";

    private KernelSource(string name, string text, Func<string, string?> headerOf, bool isEmbedded)
    {
        IsEmbedded = isEmbedded;
        Name = name;
        Text = text;
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Collect(text, headerOf, headers);
        Headers = headers;
        Hash = HashOf(name, text, headers);
    }

    /// <summary>The file's name, for instance <c>rms_norm.cu</c>.</summary>
    public string Name { get; }

    public string Text { get; }

    /// <summary>Texts of the headers, by the name in the include directive.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>SHA-256 over the names and texts of the file and all its headers, in hexadecimal.</summary>
    public string Hash { get; }

    /// <summary>True if the file is embedded in this assembly.</summary>
    public bool IsEmbedded { get; }

    /// <summary>Names of the embedded kernel files.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Root, StringComparison.Ordinal))
            .Where(name => name.EndsWith(".cu", StringComparison.Ordinal))
            .Select(name => name[Root.Length..])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>An embedded kernel file.</summary>
    /// <exception cref="FileNotFoundException">No embedded file has this name.</exception>
    public static KernelSource Embedded(string file) => new(
        file,
        Read(file) ?? throw new FileNotFoundException($"This build carries no kernel file {file}.", file),
        EmbeddedHeader,
        isEmbedded: true);

    /// <summary>A source from a text.</summary>
    /// <param name="name">Its name, for messages and for the cache.</param>
    /// <param name="text">The text.</param>
    /// <param name="headerOf">Finds headers by name; null for the embedded headers.</param>
    public static KernelSource FromText(string name, string text, Func<string, string?>? headerOf = null) =>
        new(name, text, headerOf ?? EmbeddedHeader, isEmbedded: false);

    // The compiler finds headers that are not ours: those of the simulated driver and of clang.
    private static void Collect(
        string text, Func<string, string?> headerOf, SortedDictionary<string, string> headers)
    {
        foreach (Match match in IncludeDirective().Matches(text))
        {
            string name = match.Groups[1].Value;
            if (headers.ContainsKey(name) || headerOf(name) is not { } header) continue;
            headers.Add(name, header);
            Collect(header, headerOf, headers);
        }
    }

    private static string? EmbeddedHeader(string name) => Read("include/" + name);

    private static string? Read(string path)
    {
        using Stream? stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Root + path);
        if (stream is null) return null;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    private static string HashOf(string name, string text, SortedDictionary<string, string> headers)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(name);
        Append(text);
        foreach ((string header, string content) in headers)
        {
            Append(header);
            Append(content);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        // The length comes first, so that different lists of texts have different bytes.
        void Append(string part)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }
    }

    [GeneratedRegex("""^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"[^\n]*$""", RegexOptions.Multiline)]
    private static partial Regex IncludeDirective();
}
