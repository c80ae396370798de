using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>
/// The search for one native library: names to try in order, and the message if none works. A library whose major CUDA
/// version is newer than the driver's is skipped, because the driver refuses what it produces.
/// </summary>
internal sealed class LibrarySearch
{
    public const string DriverVariable = "PD_CUDA_DRIVER";
    public const string NvrtcVariable = "PD_NVRTC";
    public const string CuBlasVariable = "PD_CUBLAS";

    private readonly string _title;
    private readonly string _advice;
    private readonly Func<nint, int?>? _majorOf;

    private LibrarySearch(string title, string advice, string[] candidates, Func<nint, int?>? majorOf = null)
    {
        _title = title;
        _advice = advice;
        _majorOf = majorOf;
        Candidates = candidates;
    }

    /// <summary>Names and paths, in the order in which they are tried.</summary>
    public IReadOnlyList<string> Candidates { get; }

    /// <summary>What the latest search opened and skipped, and why. Empty if it skipped nothing.</summary>
    public string PassedOver { get; private set; } = "";

    /// <summary>What the latest search tried, for messages.</summary>
    public string Tried => $"tried {string.Join(", ", Candidates)}{(PassedOver.Length > 0 ? $"; {PassedOver}" : "")}";

    public static LibrarySearch ForDriver(string? path) => new(
        "the CUDA driver",
        $"Install the NVIDIA driver, or name the library in {DriverVariable}.",
        path is not null ? [path] : OperatingSystem.IsWindows() ? ["nvcuda.dll"] : ["libcuda.so.1", "libcuda.so"]);

    public static LibrarySearch ForNvrtc(string? path, Func<string, string?> environment) => new(
        "the run-time compiler NVRTC",
        $"Install CUDA's NVRTC 12 or 13, or name the library in {NvrtcVariable}.",
        path is not null ? [path] : InToolkit(environment, OperatingSystem.IsWindows()
            ? ["nvrtc64_130_0.dll", "nvrtc64_120_0.dll"]
            : ["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"]),
        LibraryVersion.MajorOfNvrtc);

    public static LibrarySearch ForCuBlas(string? path, Func<string, string?> environment) => new(
        "cuBLAS",
        $"Install CUDA's cuBLAS 12 or 13, or name the library in {CuBlasVariable}.",
        path is not null ? [path] : InToolkit(environment, OperatingSystem.IsWindows()
            ? ["cublas64_13.dll", "cublas64_12.dll"]
            : ["libcublas.so.13", "libcublas.so.12"]),
        LibraryVersion.MajorOfCuBlas);

    /// <summary>Opens the first candidate that can be opened and is not newer than the driver.</summary>
    /// <param name="driver">The driver's version, 1000 * major + 10 * minor; null to accept any library.</param>
    /// <param name="library">The handle of the library.</param>
    public bool TryLoad(int? driver, out nint library)
    {
        PassedOver = "";
        foreach (string candidate in Candidates)
        {
            if (!NativeLibrary.TryLoad(candidate, out library)) continue;
            if (driver is not { } version || _majorOf?.Invoke(library) is not { } major || major <= version / 1000)
                return true;
            NativeLibrary.Free(library);
            string ofDriver = $"{version / 1000}.{version % 1000 / 10}";
            if (PassedOver.Length == 0) PassedOver = $"{candidate} is of CUDA {major}, and the driver of {ofDriver}";
        }

        library = 0;
        return false;
    }

    public CudaLibraryException Missing() => new($"Cannot load {_title} ({Tried}). {_advice}");

    // The system's search comes first, because it knows the versions chosen for the machine. The toolkit is second.
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
