using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>
/// The major CUDA version of a library, or null if the library does not say. It is asked by handle, because the imports
/// are bound only when a library is chosen.
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
