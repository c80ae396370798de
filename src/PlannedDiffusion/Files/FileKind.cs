using System.Runtime.InteropServices;

namespace PlannedDiffusion.Files;

/// <summary>
/// Tells what kind of file a path leads to, links followed. It opens nothing: opening a FIFO waits for a writer.
/// </summary>
internal static partial class FileKind
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint WantsType = 1; // STATX_TYPE

    /// <summary>
    /// The kind of a file that is not regular, for a message; null for a regular file and where the kind is unknown.
    /// </summary>
    /// <remarks>.NET does not tell. Linux does, in a structure with the same layout on all processors.</remarks>
    public static string? Irregular(string path)
    {
        if (Directory.Exists(path)) return "a folder";
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            return Statx(CurrentFolder, path, 0, WantsType, out StatxResult result) == 0 ? Name(result.Mode) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // the C library is older than the call
        }
    }

    private static string? Name(ushort mode) => (mode & 0xF000) switch
    {
        0x1000 => "a FIFO",
        0x2000 or 0x6000 => "a device",
        0xC000 => "a socket",
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out StatxResult result);

    /// <summary>struct statx, of which only the mode is read.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxResult
    {
        [FieldOffset(28)]
        public ushort Mode;
    }
}
