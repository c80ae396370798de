using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>
/// A folder of compiled kernels, one file each. A damaged file is deleted and compiled again. A folder that cannot be
/// read or written costs time but raises no error. Several processes may use the folder at once.
/// </summary>
internal sealed class KernelCache(string folder)
{
    public const string FolderVariable = "PD_CUDA_CACHE";

    private const string Extension = ".cubin";

    // File: magic, length of the image, SHA-256 over key and image, image.
    private const int HeaderBytes = 8 + 8 + SHA256.HashSizeInBytes;
    private static readonly byte[] Magic = "PDKERN01"u8.ToArray();

    public string Folder { get; } = folder;

    /// <summary>
    /// The folder that the environment names, else the system's folder for caches. Null if there is neither.
    /// </summary>
    public static string? DefaultFolder(Func<string, string?> environment)
    {
        if (environment(FolderVariable) is { Length: > 0 } chosen) return chosen;
        if (Root() is not { Length: > 0 } root) return null;
        return Path.Combine(root, "planned-diffusion", "kernels");

        string? Root()
        {
            if (OperatingSystem.IsWindows()) return environment("LOCALAPPDATA");
            if (environment("XDG_CACHE_HOME") is { Length: > 0 } cache) return cache;
            return environment("HOME") is { Length: > 0 } home ? Path.Combine(home, ".cache") : null;
        }
    }

    /// <summary>The image that this compiler made for a key, or null.</summary>
    public byte[]? Find(KernelKey key, string compiler) => Read(PathOf(key, compiler), key, compiler);

    /// <summary>The latest image that any compiler made for a key, or null.</summary>
    public byte[]? FindAny(KernelKey key)
    {
        try
        {
            string start = $"{Stem(key)}-";
            return new DirectoryInfo(Folder).EnumerateFiles($"{start}*{Extension}")
                .OrderByDescending(file => file.LastWriteTimeUtc)
                .Select(file => Read(file.FullName, key, file.Name[start.Length..^Extension.Length]))
                .FirstOrDefault(image => image is not null);
        }
        catch (Exception e) when (IsOfTheFileSystem(e))
        {
            return null;
        }
    }

    /// <summary>Stores an image for the next start.</summary>
    public void Store(KernelKey key, string compiler, byte[] image)
    {
        string path = PathOf(key, compiler);
        // It is written under a temporary name and renamed, so that no process reads a part of it.
        string temporary = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            Directory.CreateDirectory(Folder);
            using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(HeaderOf(key, compiler, image));
                file.Write(image);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (IsOfTheFileSystem(e))
        {
            Delete(temporary);
        }
    }

    private static string Stem(KernelKey key) =>
        $"{Path.GetFileNameWithoutExtension(key.File)}-{key.Architecture}-{key.Identity[..32]}";

    private string PathOf(KernelKey key, string compiler) =>
        Path.Combine(Folder, $"{Stem(key)}-{compiler}{Extension}");

    private static byte[]? Read(string path, KernelKey key, string compiler)
    {
        byte[] file;
        try
        {
            file = File.ReadAllBytes(path);
        }
        catch (Exception e) when (IsOfTheFileSystem(e))
        {
            return null;
        }

        if (file.Length > HeaderBytes)
        {
            byte[] image = file[HeaderBytes..];
            if (file.AsSpan(0, HeaderBytes).SequenceEqual(HeaderOf(key, compiler, image))) return image;
        }

        Delete(path);
        return null;
    }

    private static byte[] HeaderOf(KernelKey key, string compiler, byte[] image)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header, 0);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(Magic.Length), image.Length);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{key.Identity} {compiler}\n"));
        hash.AppendData(image);
        hash.GetHashAndReset(header.AsSpan(Magic.Length + sizeof(long)));
        return header;
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (IsOfTheFileSystem(e))
        {
            // The file stays. The next read finds it damaged again.
        }
    }

    private static bool IsOfTheFileSystem(Exception e) =>
        e is IOException or UnauthorizedAccessException or NotSupportedException;
}
