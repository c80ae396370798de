using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PlannedDiffusion.Files;

namespace PlannedDiffusion.Models;

/// <summary>Identifies checkpoints without reading all of their weights.</summary>
public static class CheckpointFingerprint
{
    private const int WholeFileBytes = 64 << 20, SampleBytes = 64 << 10, Samples = 256, Digits = 16;
    private static readonly string[] Extensions = [".json", ".txt", ".safetensors"];

    /// <summary>
    /// 16 hexadecimal digits of a SHA-256 over configuration, tokenizer and weights. Of a file above 64 MiB, 256
    /// samples across it count.
    /// </summary>
    /// <param name="directory">The checkpoint folder.</param>
    /// <exception cref="IOException">A file cannot be read. The message names it.</exception>
    public static string Of(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        IEnumerable<string> files = Directory.EnumerateFiles(directory)
            .Where(file => Extensions.Contains(Path.GetExtension(file)) && FileKind.Irregular(file) is null)
            .Order(StringComparer.Ordinal);
        var buffer = new byte[SampleBytes];
        foreach (string path in files)
        {
            using FileStream file = File.OpenRead(path);
            Append(hash, Path.GetFileName(path));
            Append(hash, file.Length.ToString(CultureInfo.InvariantCulture));
            long step = file.Length <= WholeFileBytes ? SampleBytes : file.Length / Samples;
            for (long at = 0; at < file.Length; at += step)
            {
                file.Position = at;
                hash.AppendData(buffer, 0, file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Digits];
    }

    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        hash.AppendData(BitConverter.GetBytes(bytes.Length));
        hash.AppendData(bytes);
    }
}
