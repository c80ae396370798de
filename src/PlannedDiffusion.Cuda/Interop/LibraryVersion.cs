using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>
/// The first number of a library's CUDA version, by its handle: before it is chosen, so not by the imports. Null where
/// it does not tell.
/// </summary>
internal static unsafe class LibraryVersion
{
    public static int? MajorOfNvrtc(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "nvrtcVersion", out nint function)) return null;
        int major, minor;
        return ((delegate* unmanaged<int*, int*, int>)function)(&major, &minor) == 0 ? major : null;
    }

    public static int? MajorOfCuBlas(nint library)
    {
        const int MajorVersion = 0; // of libraryPropertyType
        if (!NativeLibrary.TryGetExport(library, "cublasGetProperty", out nint function)) return null;
        int major;
        return ((delegate* unmanaged<int, int*, int>)function)(MajorVersion, &major) == 0 ? major : null;
    }
}
