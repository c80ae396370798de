namespace PlannedDiffusion.Cuda.Options;

/// <summary>Options of the CUDA runner. <c>RunnerOptions</c> has those of every runner.</summary>
public sealed record CudaRunnerOptions
{
    /// <summary>The number of the device, from 0.</summary>
    public int Device { get; init; }

    /// <summary>
    /// Positions of the K/V pool, for all sequences together. Null for as many as the limits allow and as fit beside
    /// the weights.
    /// </summary>
    public int? KvPoolPositions { get; init; }

    /// <summary>Paths of the native libraries; null for those of the environment and the system.</summary>
    public CudaLibraryPaths? Libraries { get; init; }

    /// <summary>
    /// The folder of the cache of compiled kernels. Null for PD_CUDA_CACHE, else the system's folder for caches. Empty
    /// for no cache.
    /// </summary>
    public string? KernelCacheFolder { get; init; }

    /// <summary>
    /// A file with a table of products: which kernel computes which product on which device. <c>pd-bench cuda products
    /// --table</c> writes one. Null for PD_CUDA_PRODUCTS, else for the embedded table. The choice of kernels affects
    /// the last bits of results.
    /// </summary>
    public string? ProductTable { get; init; }

    /// <summary>Whose kernels multiply by the weights.</summary>
    public ProductChoice Products { get; init; } = ProductChoice.Automatic;

    /// <summary>True to launch a step as a graph. False, for comparisons, to launch its kernels one by one.</summary>
    public bool UseGraphs { get; init; } = true;

    /// <summary>
    /// True to let a kernel begin and read weights before the previous one has ended (programmatic dependent launch).
    /// This needs compute capability 9.0 and a driver of CUDA 12.3. False for comparisons.
    /// </summary>
    public bool OverlapKernels { get; init; } = true;

    /// <summary>
    /// True to map the files of weights into memory, which saves a system call per row. If a mapped file is shortened
    /// while it is loaded, the process ends (SIGBUS). False to read through file handles, which raises an <see
    /// cref="IOException"/> instead.
    /// </summary>
    public bool MapWeights { get; init; } = true;

    /// <summary>The seed of random weights; null for weights from files.</summary>
    internal int? RandomSeed { get; init; }
}
