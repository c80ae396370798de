using System.Reflection;
using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Options;

namespace PlannedDiffusion.Cuda.Interop;

/// <summary>
/// The native libraries of this process. The runtime binds the imports of an assembly once, so the first choice of
/// paths holds; libraries are opened when they are first needed, not before.
/// </summary>
public sealed class CudaLibraries
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

    /// <summary>Without making them those of this process.</summary>
    internal CudaLibraries(CudaLibraryPaths paths)
    {
        _paths = paths;
        _driver = LibrarySearch.ForDriver(paths.Driver);
        Func<string, string?> environment = Environment.GetEnvironmentVariable;
        _nvrtc = LibrarySearch.ForNvrtc(paths.Nvrtc ?? DriverWith("nvrtcCompileProgram"), environment);
        _cuBlas = LibrarySearch.ForCuBlas(paths.CuBlas ?? DriverWith("cublasCreate_v2"), environment);
    }

    /// <summary>Chooses the libraries of this process, or returns those already chosen.</summary>
    /// <param name="paths">Where they lie; null for the environment's and the system's choice.</param>
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

    /// <summary>Whether kernels can be compiled here, for this driver.</summary>
    public bool HasNvrtc => TryLoad(_nvrtc, out _);

    /// <summary>Whether cuBLAS is installed, and not newer than the driver.</summary>
    public bool HasCuBlas => TryLoad(_cuBlas, out _);

    /// <summary>What was tried to find NVRTC, for messages.</summary>
    internal string TriedForNvrtc => _nvrtc.Tried;

    /// <summary>Why a cuBLAS that is there, or that was named, is not used; null where there is just none.</summary>
    internal string? WhyNoCuBlas =>
        HasCuBlas || (_cuBlas.PassedOver.Length == 0 && _paths.CuBlas is null) ? null : MissingCuBlas.Message;

    internal CudaLibraryException MissingCuBlas => _cuBlas.Missing();

    /// <summary>The driver's handle; opened now if it was not needed before.</summary>
    /// <exception cref="CudaLibraryException">It is missing.</exception>
    internal nint Driver => Load(_driver);

    /// <summary>Paths, with what is null in them from the environment.</summary>
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

    // What is thrown here leaves the imported call that asked.
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

    // Without a driver, as where kernels are compiled for other machines, any version will do.
    private int? DriverVersion()
    {
        if (!TryLoad(_driver, out _)) return null;
        CudaException.ThrowIfFailed(DriverApi.cuDriverGetVersion(out int version));
        return version;
    }

    // The path of the named driver where that library has this function too, as a simulated one may.
    private string? DriverWith(string function)
    {
        return _paths.Driver is { } path && TryLoad(_driver, out nint driver)
            && NativeLibrary.TryGetExport(driver, function, out _) ? path : null;
    }
}
