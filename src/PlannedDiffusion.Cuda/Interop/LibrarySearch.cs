using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>Where one native library may lie: names to try in order, and what to tell when none opens.</summary>
internal sealed class LibrarySearch
{
    public const string DriverVariable = "PD_CUDA_DRIVER";
    public const string NvrtcVariable = "PD_NVRTC";
    public const string CuBlasVariable = "PD_CUBLAS";

    private readonly string _title;
    private readonly string _advice;

    private LibrarySearch(string title, string advice, string[] candidates)
    {
        _title = title;
        _advice = advice;
        Candidates = candidates;
    }

    /// <summary>Names and paths, in the order in which they are tried.</summary>
    public IReadOnlyList<string> Candidates { get; }

    public static LibrarySearch ForDriver(string? path) => new(
        "the CUDA driver",
        $"Install the NVIDIA driver, or name the library in {DriverVariable}.",
        path is not null ? [path] : OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1", "libcuda.so"]);

    public static LibrarySearch ForNvrtc(string? path, Func<string, string?> environment) => new(
        "the run-time compiler NVRTC",
        $"Install CUDA's NVRTC 12 or 13, or name the library in {NvrtcVariable}.",
        path is not null ? [path] : InToolkit(environment, OperatingSystem.IsWindows()
            ? ["nvrtc64_130_0.dll", "nvrtc64_120_0.dll"]
            : ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"]));

    public static LibrarySearch ForCuBlas(string? path, Func<string, string?> environment) => new(
        "cuBLAS",
        $"Install CUDA's cuBLAS 12 or 13, or name the library in {CuBlasVariable}.",
        path is not null ? [path] : InToolkit(environment, OperatingSystem.IsWindows()
            ? ["cublas64_13.dll", "cublas64_12.dll"]
            : ["libcublas.so.13", "libcublas.so.12"]));

    /// <summary>Opens the first candidate that can be opened.</summary>
    public bool TryLoad(out nint library)
    {
        library = 0;
        foreach (string candidate in Candidates)
        {
            if (NativeLibrary.TryLoad(candidate, out library)) return true;
        }

        return false;
    }

    /// <summary>Opens the first candidate that can be opened.</summary>
    /// <exception cref="CudaLibraryException">None can.</exception>
    public nint Load() => TryLoad(out nint library) ? library : throw Missing();

    public CudaLibraryException Missing() => new(
        $"Cannot load {_title} (tried {string.Join(", ", Candidates)}). {_advice}");

    // The system's search first, for a machine's own choice of versions, then the toolkit's folders.
    private static string[] InToolkit(Func<string, string?> environment, string[] names)
    {
        string?[] roots = [environment("CUDA_PATH"), environment("CUDA_HOME"), "/usr/local/cuda"];
        string[] below = OperatingSystem.IsWindows() ? ["bin", "bin/x64"] : ["lib64"];
        IEnumerable<string> folders =
            from root in roots
            where !string.IsNullOrEmpty(root)
            from folder in below
            select Path.Combine(root, folder);
        return [.. names, .. folders.Distinct().SelectMany(folder => names.Select(name => Path.Combine(folder, name)))];
    }
}
