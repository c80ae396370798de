namespace PlannedDiffusion.Cuda.Interop;

/// <summary>
/// Where the native libraries lie. What is null comes from the environment (PD_CUDA_DRIVER, PD_NVRTC, PD_CUBLAS), else
/// from the system's library path and the toolkit's usual places. A compiler or cuBLAS of a newer CUDA than the
/// driver's, by the first number of the version, is not taken.
/// </summary>
public sealed record CudaLibraryPaths
{
    /// <summary>The CUDA driver. One that also holds NVRTC and cuBLAS, as a simulated one may, serves as them too.
    /// </summary>
    public string? Driver { get; init; }

    /// <summary>The run-time compiler.</summary>
    public string? Nvrtc { get; init; }

    /// <summary>cuBLAS.</summary>
    public string? CuBlas { get; init; }

    /// <summary>These paths, completed from the environment.</summary>
    internal CudaLibraryPaths CompletedFrom(Func<string, string?> environment)
    {
        return new CudaLibraryPaths
        {
            Driver = Driver ?? Variable(LibrarySearch.DriverVariable),
            Nvrtc = Nvrtc ?? Variable(LibrarySearch.NvrtcVariable),
            CuBlas = CuBlas ?? Variable(LibrarySearch.CuBlasVariable),
        };

        string? Variable(string name) => environment(name) is { Length: > 0 } value ? value : null;
    }
}
