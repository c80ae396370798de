using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>
/// Kernels that CMake's target <c>kernels</c> compiled ahead of time. A file is FOLDER/sm_90/rms_norm.HASH.cubin, where
/// HASH is the beginning of the SHA-256 of the options. FOLDER/sources.sha256 identifies the sources of all files.
/// </summary>
internal sealed class PrebuiltKernels(string folder)
{
    public const string FolderVariable = "PD_CUDA_KERNELS";

    private const int HashDigits = 16;

    private readonly Lazy<bool> _fits = new(() => ReadText(Path.Combine(folder, "sources.sha256")) == HashOfSources());

    public string Folder { get; } = folder;

    /// <summary>Null if there is no such kernel, or if the folder was built from other sources.</summary>
    public byte[]? Find(KernelSource source, KernelOptions options, string architecture)
    {
        // Only embedded files were compiled ahead of time. A text with the name of one is a different file.
        if (!source.IsEmbedded || !_fits.Value) return null;
        string name = Path.GetFileNameWithoutExtension(source.Name);
        string path = Path.Combine(Folder, architecture, $"{name}.{HashOf(options)}.cubin");
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The hash of the sorted options, joined by spaces.</summary>
    internal static string HashOf(KernelOptions options)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Join(' ', options.Arguments()));
        return Convert.ToHexStringLower(SHA256.HashData(text))[..HashDigits];
    }

    /// <summary>
    /// The hash over a line "path hash" for each kernel file and header, sorted, as CMake computes it.
    /// </summary>
    internal static string HashOfSources()
    {
        var lines = new StringBuilder();
        Assembly assembly = Assembly.GetExecutingAssembly();
        foreach (string name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (!name.StartsWith(KernelSource.Root, StringComparison.Ordinal)) continue;
            using Stream file = assembly.GetManifestResourceStream(name)!;
            string hash = Convert.ToHexStringLower(SHA256.HashData(file));
            lines.Append(name[KernelSource.Root.Length..]).Append(' ').Append(hash).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
