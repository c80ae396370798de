using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>The functions of NVRTC that the runner uses, under their native names.</summary>
internal static unsafe partial class NvrtcApi
{
    private const string Library = CudaLibraries.NvrtcName;

    [LibraryImport(Library)]
    public static partial nint nvrtcGetErrorString(NvrtcResult result);

    [LibraryImport(Library)]
    public static partial NvrtcResult nvrtcVersion(out int major, out int minor);

    [LibraryImport(Library)]
    public static partial NvrtcResult nvrtcGetNumSupportedArchs(out int count);

    [LibraryImport(Library)]
    public static partial NvrtcResult nvrtcGetSupportedArchs(int* architectures);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial NvrtcResult nvrtcCreateProgram(
        out nint program, string source, string name, int headers, byte** headerTexts, byte** headerNames);

    [LibraryImport(Library)]
    public static partial NvrtcResult nvrtcDestroyProgram(ref nint program);

    [LibraryImport(Library)]
    public static partial NvrtcResult nvrtcCompileProgram(nint program, int count, byte** options);

    [LibraryImport(Library)]
    public static partial NvrtcResult nvrtcGetProgramLogSize(nint program, out nuint size);

    [LibraryImport(Library)]
    public static partial NvrtcResult nvrtcGetProgramLog(nint program, byte* log);

    [LibraryImport(Library)]
    public static partial NvrtcResult nvrtcGetCUBINSize(nint program, out nuint size);

    [LibraryImport(Library)]
    public static partial NvrtcResult nvrtcGetCUBIN(nint program, byte* image);

    [LibraryImport(Library)]
    public static partial NvrtcResult nvrtcGetPTXSize(nint program, out nuint size);

    [LibraryImport(Library)]
    public static partial NvrtcResult nvrtcGetPTX(nint program, byte* text);
}
