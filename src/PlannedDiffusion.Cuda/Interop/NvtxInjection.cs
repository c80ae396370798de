using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>What came of looking for a tool.</summary>
internal enum NvtxAttachment
{
    /// <summary>None is there.</summary>
    NoTool,

    /// <summary>Its library is missing, or cannot be opened.</summary>
    NoLibrary,

    /// <summary>The library is no tool for NVTX.</summary>
    NoEntryPoint,

    /// <summary>The tool does not want to.</summary>
    Refused,

    /// <summary>The tool has written its functions.</summary>
    Attached,
}

/// <summary>
/// Lets a tool attach as NVTX 3 does: it says where its library lies in a variable of the environment, and the library
/// exports one function. As with NVTX, whatever goes wrong goes without a word: a program runs the same with a broken
/// tool as with none.
/// </summary>
internal static unsafe class NvtxInjection
{
    /// <summary>In which a tool names its library.</summary>
    public const string Variable = "NVTX_INJECTION64_PATH";

    private const string EntryPoint = "InitializeInjectionNvtx2";

    private static readonly Lock Gate = new();

    /// <summary>Lets the tool in a library attach, in the place of another one.</summary>
    public static NvtxAttachment Attach(string? path)
    {
        if (string.IsNullOrEmpty(path)) return NvtxAttachment.NoTool;
        lock (Gate)
        {
            NvtxTables.Clear();
            if (!NativeLibrary.TryLoad(path, out nint library)) return NvtxAttachment.NoLibrary;
            NvtxAttachment result = Initialize(library);
            if (result == NvtxAttachment.Attached) return result;
            NvtxTables.Clear(); // it may have written some, and goes
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
