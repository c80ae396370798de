namespace PlannedDiffusion.Cuda.Options;

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
}
