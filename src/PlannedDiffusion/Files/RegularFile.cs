using Microsoft.Win32.SafeHandles;

namespace PlannedDiffusion.Files;

/// <summary>
/// Opens the files of a checkpoint, which are untrusted. Only regular files are accepted: others could block or never
/// end. Links are followed. A reported length is only a hint.
/// </summary>
internal static class RegularFile
{
    /// <summary>True if there is anything of this name. <see cref="Open"/> refuses what is not a file.</summary>
    public static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="IOException">There is none, it cannot be read, or it is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SafeFileHandle Open(string path)
    {
        if (FileKind.Irregular(path) is { } kind) throw new IOException($"it is {kind}, not a regular file");
        try
        {
            return File.OpenHandle(path);
        }
        catch (FileNotFoundException) when (new FileInfo(path).LinkTarget is { } target)
        {
            throw new IOException($"it links to {MessageText.Quote(target)}, which does not exist");
        }
    }

    /// <summary>Reads a text file as bytes, without a byte order mark.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Bytes that it may have.</param>
    /// <exception cref="IOException">
    /// As for <see cref="Open"/>; or the file is too long, or recognized as something else.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static ReadOnlyMemory<byte> ReadText(string path, int most)
    {
        using SafeFileHandle handle = Open(path);
        long likely = Math.Max(RandomAccess.GetLength(handle) + 1, 4096);
        byte[] bytes = new byte[(int)Math.Min(likely, most + 1L)];
        int length = 0;
        while (true)
        {
            int read = RandomAccess.Read(handle, bytes.AsSpan(length), length);
            length += read;
            if (length > most) throw new IOException($"it has more than {most} bytes, the limit of such a file");
            if (read == 0) break;
            if (length == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(2L * length, most + 1L));
        }

        if (Misplaced.Describe(bytes.AsSpan(0, length)) is { } misplaced) throw new IOException(misplaced);
        ReadOnlyMemory<byte> text = bytes.AsMemory(0, length);
        return text.Span.StartsWith("\uFEFF"u8) ? text[3..] : text;
    }
}
