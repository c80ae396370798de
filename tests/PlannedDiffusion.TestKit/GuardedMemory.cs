using System.Runtime.InteropServices;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// Native memory between guard pages. Its last byte is right before a guard page, so a kernel that reads or writes
/// beyond its buffer ends the process. On systems other than Linux and Windows it is ordinary memory; see
/// <see cref="GuardPages.WhyUnguarded"/>.
/// </summary>
/// <typeparam name="T">Element type.</typeparam>
public sealed unsafe class GuardedMemory<T> : IDisposable
    where T : unmanaged
{
    private readonly nint _block;
    private readonly nint _size;

    /// <summary>Allocates zeroed elements that end at the guard page.</summary>
    public GuardedMemory(int length)
    {
        nint page = Environment.SystemPageSize, bytes = (nint)length * sizeof(T);
        nint body = (bytes + page - 1) / page * page;
        _size = body + 2 * page;
        _block = GuardPages.Allocate(_size);
        GuardPages.Forbid(_block, page);
        GuardPages.Forbid(_block + page + body, page);
        Start = (T*)(_block + page + body - bytes);
        Length = length;
    }

    /// <summary>Copies values to the end of the guarded memory.</summary>
    public GuardedMemory(ReadOnlySpan<T> values)
        : this(values.Length) => values.CopyTo(Span);

    /// <summary>First element.</summary>
    public T* Start { get; }

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    /// <summary>All elements.</summary>
    public Span<T> Span => new(Start, Length);

    /// <inheritdoc/>
    public void Dispose() => GuardPages.Free(_block, _size);
}

/// <summary>Pages that end a process that touches them.</summary>
public static unsafe partial class GuardPages
{
    private const int ProtectNone = 0, ProtectReadWrite = 1 | 2, PrivateAnonymous = 0x02 | 0x20;
    private const uint CommitReserve = 0x3000, Release = 0x8000, PageReadWrite = 0x04, PageNoAccess = 0x01;

    /// <summary>Null if there are guard pages, else the reason why not.</summary>
    public static string? WhyUnguarded => OperatingSystem.IsLinux() || OperatingSystem.IsWindows()
        ? null
        : $"no guard pages on {RuntimeInformation.OSDescription}: only Linux and Windows are wired up";

    internal static nint Allocate(nint size)
    {
        if (OperatingSystem.IsLinux())
        {
            nint block = MapMemory(0, size, ProtectReadWrite, PrivateAnonymous, -1, 0);
            return block != -1 ? block : throw new InsufficientMemoryException($"mmap of {size} bytes failed.");
        }

        if (!OperatingSystem.IsWindows()) return (nint)NativeMemory.AllocZeroed((nuint)size);
        nint allocated = VirtualAlloc(0, size, CommitReserve, PageReadWrite);
        return allocated != 0
            ? allocated
            : throw new InsufficientMemoryException($"VirtualAlloc of {size} bytes failed.");
    }

    internal static void Forbid(nint address, nint size)
    {
        bool done = OperatingSystem.IsLinux() ? ProtectMemory(address, size, ProtectNone) == 0
            : !OperatingSystem.IsWindows() || VirtualProtect(address, size, PageNoAccess, out _) != 0;
        if (!done) throw new InvalidOperationException("The guard page could not be protected.");
    }

    internal static void Free(nint block, nint size)
    {
        if (OperatingSystem.IsLinux()) _ = UnmapMemory(block, size);
        else if (OperatingSystem.IsWindows()) _ = VirtualFree(block, 0, Release);
        else NativeMemory.Free((void*)block);
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint MapMemory(nint address, nint size, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ProtectMemory(nint address, nint size, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int UnmapMemory(nint address, nint size);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint VirtualAlloc(nint address, nint size, uint type, uint protection);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int VirtualProtect(nint address, nint size, uint protection, out uint old);

    [LibraryImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int VirtualFree(nint address, nint size, uint type);
}
