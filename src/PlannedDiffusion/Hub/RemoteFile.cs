using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace PlannedDiffusion.Hub;

/// <summary>A file of a repository at a commit.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Checksum">
/// What its ETag says: SHA-256 of a large file, or git's own SHA-1 of a small one, in hexadecimal digits.
/// </param>
/// <param name="Size">Its bytes.</param>
internal sealed record RemoteFile(string Name, string Checksum, long Size)
{
    private const int Sha1Digits = 40, Sha256Digits = 64;

    /// <summary>The checksum in an ETag; null if it is none of the two.</summary>
    public static string? ChecksumIn(string? tag)
    {
        if (tag is null) return null;
        if (tag.StartsWith("W/", StringComparison.Ordinal)) tag = tag[2..];
        tag = tag.Trim('"');
        return tag.Length is Sha1Digits or Sha256Digits && tag.All(char.IsAsciiHexDigitLower) ? tag : null;
    }

    /// <summary>What the file's bytes are appended to, and its checksum comes out of.</summary>
    public IncrementalHash StartHash()
    {
        if (Checksum.Length == Sha256Digits) return IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {Size}\0")));
        return hash;
    }

    /// <summary>The range of bytes as it is asked for; null for the whole file.</summary>
    public RangeHeaderValue? Range(long from, long to) =>
        from == 0 && to == Size - 1 ? null : new RangeHeaderValue(from, to);
}
