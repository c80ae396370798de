using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>A kernel file with all headers that it includes, directly or not, under the names in its text.</summary>
internal sealed partial class KernelSource
{
    /// <summary>Names of the embedded files begin with it.</summary>
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

    /// <summary>Over the names and texts of the file and all its headers, in hexadecimal.</summary>
    public string Hash { get; }

    /// <summary>Whether it is a file of this build, not a text from elsewhere.</summary>
    public bool IsEmbedded { get; }

    /// <summary>The kernel files that this assembly carries.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Root, StringComparison.Ordinal))
            .Where(name => name.EndsWith(".cu", StringComparison.Ordinal))
            .Select(name => name[Root.Length..])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A kernel file that this assembly carries.</summary>
    /// <exception cref="FileNotFoundException">There is none of this name.</exception>
    public static KernelSource Embedded(string file) => new(
        file,
        Read(file) ?? throw new FileNotFoundException($"This build carries no kernel file {file}.", file),
        EmbeddedHeader,
        isEmbedded: true);

    /// <summary>A text from elsewhere.</summary>
    /// <param name="name">Its name, for messages and for the cache.</param>
    /// <param name="text">The text.</param>
    /// <param name="headerOf">Its headers by name; null: those that this assembly carries.</param>
    public static KernelSource FromText(string name, string text, Func<string, string?>? headerOf = null) =>
        new(name, text, headerOf ?? EmbeddedHeader, isEmbedded: false);

    // A header that is not ours (the simulated driver's, or clang's own) is left to the compiler.
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

        // With the length first, no two lists of texts have the same bytes.
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
