namespace PlannedDiffusion.Cuda.Options;

/// <summary>How a <c>CudaModelRunner</c> is built, beside what every runner knows.</summary>
public sealed record CudaRunnerOptions
{
    /// <summary>Number of the device, from 0.</summary>
    public int Device { get; init; }

    /// <summary>
    /// Positions of all sequences together that the K/V pool has room for; null for as many as the limits allow,
    /// or as fit beside the weights.
    /// </summary>
    public int? KvPoolPositions { get; init; }

    /// <summary>Where the native libraries lie; null for the environment's and the system's choice.</summary>
    public CudaLibraryPaths? Libraries { get; init; }

    /// <summary>
    /// Folder in which compiled kernels are kept; empty: none; null: PD_CUDA_CACHE, else the system's place for caches.
    /// </summary>
    public string? KernelCacheFolder { get; init; }

    /// <summary>
    /// File that says which kernel multiplies what on which device, as <c>pd-bench cuda products --table</c> writes it;
    /// null: PD_CUDA_PRODUCTS, else what this build knows of the device. Which kernel multiplies decides the last bits
    /// of results.
    /// </summary>
    public string? ProductTable { get; init; }

    /// <summary>Whose kernels multiply with the weights.</summary>
    public ProductChoice Products { get; init; } = ProductChoice.Automatic;

    /// <summary>False to launch the kernels of a step one by one: for comparisons.</summary>
    public bool UseGraphs { get; init; } = true;

    /// <summary>
    /// A kernel of a step may begin, and read weights, before the one before it has ended (programmatic dependent
    /// launch), where device and driver can: from compute capability 9.0 and CUDA 12.3 on. False for comparisons.
    /// </summary>
    public bool OverlapKernels { get; init; } = true;

    /// <summary>
    /// True to read the weights' files through mappings, which saves the system a call for each row. A file that is
    /// shortened while it is loaded then ends the process (SIGBUS). False to read through file handles: then it is an
    /// <see cref="IOException"/> that names the file.
    /// </summary>
    public bool MapWeights { get; init; } = true;

    /// <summary>Weights come from no file but from this seed; <c>CudaModelRunner.CreateRandom</c>.</summary>
    internal int? RandomSeed { get; init; }
}
