namespace PlannedDiffusion.Cuda.Options;

/// <summary>
/// Paths of the native libraries. A path that is null comes from the environment (PD_CUDA_DRIVER, PD_NVRTC, PD_CUBLAS),
/// else from the system's library path and the usual folders of the toolkit. NVRTC and cuBLAS are not used if their
/// major CUDA version is newer than the driver's.
/// </summary>
public sealed record CudaLibraryPaths
{
    /// <summary>The CUDA driver. If its library also contains NVRTC and cuBLAS, they are taken from it.</summary>
    public string? Driver { get; init; }

    /// <summary>The run-time compiler NVRTC.</summary>
    public string? Nvrtc { get; init; }

    /// <summary>cuBLAS.</summary>
    public string? CuBlas { get; init; }
}
