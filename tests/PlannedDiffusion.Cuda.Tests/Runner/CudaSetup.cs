using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>How a runner of a test is built: the options that tests change, of both kinds.</summary>
internal sealed record CudaSetup
{
    public RunnerLimits Limits { get; init; } = CudaRunners.SmallLimits;

    public Precision Precision { get; init; } = Precision.F32;

    public bool TimeSteps { get; init; }

    public IProgress<LoadProgress>? Progress { get; init; }

    public int? KvPoolPositions { get; init; }

    public string? KernelCacheFolder { get; init; } = TestDevice.Folders()?.CacheFolder;

    public string? ProductTable { get; init; }

    public ProductChoice Products { get; init; } = ProductChoice.Own;

    public bool UseGraphs { get; init; } = true;

    /// <summary>The environment may say no, to find out on a new device whether overlap is what is wrong.</summary>
    public bool OverlapKernels { get; init; } =
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PD_TEST_NO_OVERLAP"));

    public bool MapWeights { get; init; } = true;

    /// <summary>What every runner knows.</summary>
    public RunnerOptions Runner => new()
    {
        Limits = Limits,
        Precision = Precision,
        TimeSteps = TimeSteps,
        Progress = Progress,
    };

    /// <summary>What only this one does.</summary>
    public CudaRunnerOptions Cuda => new()
    {
        KvPoolPositions = KvPoolPositions,
        KernelCacheFolder = KernelCacheFolder,
        ProductTable = ProductTable,
        Products = Products,
        UseGraphs = UseGraphs,
        OverlapKernels = OverlapKernels,
        MapWeights = MapWeights,
    };
}
