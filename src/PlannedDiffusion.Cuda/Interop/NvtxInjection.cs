using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>The outcome of the search for a tool.</summary>
internal enum NvtxAttachment
{
    /// <summary>No tool is named.</summary>
    NoTool,

    /// <summary>The library is missing or cannot be opened.</summary>
    NoLibrary,

    /// <summary>The library is not a tool for NVTX.</summary>
    NoEntryPoint,

    /// <summary>The tool declined.</summary>
    Refused,

    /// <summary>The tool attached.</summary>
    Attached,
}

/// <summary>
/// Attaches a profiler as NVTX 3 does. The profiler names its library in an environment variable, and the library
/// exports one function. Failures are ignored, as in NVTX: the program runs as without a profiler.
/// </summary>
internal static unsafe class NvtxInjection
{
    /// <summary>The environment variable in which a tool names its library.</summary>
    public const string Variable = "NVTX_INJECTION64_PATH";

    private const string EntryPoint = "InitializeInjectionNvtx2";

    private static readonly Lock Gate = new();

    /// <summary>Attaches the tool in a library. It replaces a tool that attached before.</summary>
    public static NvtxAttachment Attach(string? path)
    {
        if (string.IsNullOrEmpty(path)) return NvtxAttachment.NoTool;
        lock (Gate)
        {
            NvtxTables.Clear();
            if (!NativeLibrary.TryLoad(path, out nint library)) return NvtxAttachment.NoLibrary;
            NvtxAttachment result = Initialize(library);
            if (result == NvtxAttachment.Attached) return result;
            NvtxTables.Clear(); // the tool may have written functions before it declined
            NativeLibrary.Free(library);
            return result;
        }
    }

    private static NvtxAttachment Initialize(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, EntryPoint, out nint address)) return NvtxAttachment.NoEntryPoint;
        var initialize = (delegate* unmanaged<delegate* unmanaged<uint, void*>, int>)address;
        return initialize(NvtxTables.GetExportTable) == 0 ? NvtxAttachment.Refused : NvtxAttachment.Attached;
    }
}
