using System.Reflection;
using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Options;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>
/// The native libraries of this process. The .NET runtime binds the imports of an assembly once, so the first choice of
/// paths is final. Libraries are opened when they are first needed.
/// </summary>
internal sealed class CudaLibraries
{
    internal const string DriverName = "cuda";
    internal const string NvrtcName = "nvrtc";
    internal const string CuBlasName = "cublas";

    private static readonly Lock Gate = new();
    private static CudaLibraries? _chosen;

    private readonly LibrarySearch _driver;
    private readonly LibrarySearch _nvrtc;
    private readonly LibrarySearch _cuBlas;
    private readonly CudaLibraryPaths _paths;
    private readonly Dictionary<LibrarySearch, nint> _loaded = [];

    /// <summary>For tests: the process keeps its own choice.</summary>
    internal CudaLibraries(CudaLibraryPaths paths)
    {
        _paths = paths;
        _driver = LibrarySearch.ForDriver(paths.Driver);
        Func<string, string?> environment = Environment.GetEnvironmentVariable;
        _nvrtc = LibrarySearch.ForNvrtc(paths.Nvrtc ?? DriverWith("nvrtcCompileProgram"), environment);
        _cuBlas = LibrarySearch.ForCuBlas(paths.CuBlas ?? DriverWith("cublasCreate_v2"), environment);
    }

    /// <summary>Chooses the libraries of this process, or returns those that were chosen before.</summary>
    /// <param name="paths">Paths of the libraries; null for those of the environment and the system.</param>
    /// <exception cref="InvalidOperationException">Other paths were chosen before.</exception>
    public static CudaLibraries Use(CudaLibraryPaths? paths = null)
    {
        lock (Gate)
        {
            if (_chosen is not null && paths is null) return _chosen;
            CudaLibraryPaths completed = Complete(paths ?? new(), Environment.GetEnvironmentVariable);
            if (_chosen is null)
            {
                var libraries = new CudaLibraries(completed);
                NativeLibrary.SetDllImportResolver(typeof(CudaLibraries).Assembly, libraries.Resolve);
                _chosen = libraries;
            }
            else if (_chosen._paths != completed)
            {
                throw new InvalidOperationException(
                    $"This process already uses {_chosen._paths}; it cannot change to {completed}.");
            }

            return _chosen;
        }
    }

    /// <summary>True if NVRTC is installed and not newer than the driver.</summary>
    public bool HasNvrtc => TryLoad(_nvrtc, out _);

    /// <summary>True if cuBLAS is installed and not newer than the driver.</summary>
    public bool HasCuBlas => TryLoad(_cuBlas, out _);

    /// <summary>What was tried to find NVRTC, for messages.</summary>
    internal string TriedForNvrtc => _nvrtc.Tried;

    /// <summary>
    /// Why cuBLAS is not used although it is installed or named. Null if it is used or not installed.
    /// </summary>
    internal string? WhyNoCuBlas =>
        HasCuBlas || (_cuBlas.PassedOver.Length == 0 && _paths.CuBlas is null) ? null : MissingCuBlas.Message;

    internal CudaLibraryException MissingCuBlas => _cuBlas.Missing();

    /// <summary>The handle of the driver's library, which is opened at the first call.</summary>
    /// <exception cref="CudaLibraryException">The driver is missing.</exception>
    internal nint Driver => Load(_driver);

    /// <summary>Takes paths that are null from the environment.</summary>
    internal static CudaLibraryPaths Complete(CudaLibraryPaths paths, Func<string, string?> environment)
    {
        return new CudaLibraryPaths
        {
            Driver = paths.Driver ?? Variable(LibrarySearch.DriverVariable),
            Nvrtc = paths.Nvrtc ?? Variable(LibrarySearch.NvrtcVariable),
            CuBlas = paths.CuBlas ?? Variable(LibrarySearch.CuBlasVariable),
        };

        string? Variable(string name) => environment(name) is { Length: > 0 } value ? value : null;
    }

    // Exceptions from here leave the call that needed the library.
    private nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) => name switch
    {
        DriverName => Load(_driver),
        NvrtcName => Load(_nvrtc),
        CuBlasName => Load(_cuBlas),
        _ => 0,
    };

    private nint Load(LibrarySearch search) => TryLoad(search, out nint library) ? library : throw search.Missing();

    private bool TryLoad(LibrarySearch search, out nint library)
    {
        lock (_loaded)
        {
            if (_loaded.TryGetValue(search, out library)) return true;
            if (!search.TryLoad(search == _driver ? null : DriverVersion(), out library)) return false;
            _loaded.Add(search, library);
            return true;
        }
    }

    // Without a driver, for instance when kernels are compiled for other machines, any version is accepted.
    private int? DriverVersion()
    {
        if (!TryLoad(_driver, out _)) return null;
        CudaException.ThrowIfFailed(DriverApi.cuDriverGetVersion(out int version));
        return version;
    }

    // The simulated driver's library may also contain NVRTC and cuBLAS. Null if it does not.
    private string? DriverWith(string function)
    {
        return _paths.Driver is { } path && TryLoad(_driver, out nint driver)
            && NativeLibrary.TryGetExport(driver, function, out _) ? path : null;
    }
}
