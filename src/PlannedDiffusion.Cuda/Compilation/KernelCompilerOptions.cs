namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>Where compiled kernels are kept and found.</summary>
internal sealed record KernelCompilerOptions
{
    /// <summary>Folder of the cache; empty: none; null: PD_CUDA_CACHE, else the system's place for caches.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Folder of kernels compiled ahead; null: PD_CUDA_KERNELS, else none.</summary>
    public string? PrebuiltFolder { get; init; }
}
