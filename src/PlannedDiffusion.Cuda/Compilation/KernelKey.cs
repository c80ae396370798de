using System.Security.Cryptography;
using System.Text;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>What an image was made from, except for the compiler.</summary>
internal sealed class KernelKey
{
    public KernelKey(KernelSource source, KernelOptions options, string architecture)
    {
        File = source.Name;
        Architecture = architecture;
        string all = $"{source.Hash}\n{architecture}\n{string.Join('\n', options.Arguments())}";
        Identity = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    /// <summary>The kernel file's name.</summary>
    public string File { get; }

    /// <summary>The device's, for instance <c>sm_90</c>.</summary>
    public string Architecture { get; }

    /// <summary>SHA-256 over source, headers, architecture and options, in hexadecimal.</summary>
    public string Identity { get; }
}
