using System.Runtime.InteropServices;
using Xunit;

namespace PlannedDiffusion.Tests.Files;

/// <summary>Things that may be in place of a regular file.</summary>
internal static partial class SpecialFile
{
    /// <summary>Creates something that is not a regular file: "fifo", "endless", "folder" or "dangling".</summary>
    public static void Put(string kind, string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no FIFOs and devices in folders.");
        File.Delete(path);
        switch (kind)
        {
            case "fifo":
                Assert.Equal(0, MakeFifo(path, 0x180));
                break;
            case "endless":
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            default:
                File.CreateSymbolicLink(path, path + ".gone");
                break;
        }
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
