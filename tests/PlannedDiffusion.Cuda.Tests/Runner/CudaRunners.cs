using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.TestKit.Conformance;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>CUDA runners for tests.</summary>
internal static class CudaRunners
{
    public static RunnerLimits SmallLimits { get; } =
        new() { MaxRowsPerStep = 96, MaxPositions = 160, MaxSequences = 3, MaxGroupsPerSequence = 8 };

    public static CudaRunnerOptions Exact { get; } = new()
    {
        Precision = CudaPrecision.F32,
        Limits = SmallLimits,
        Products = ProductChoice.Own,
        KernelCacheFolder = TestDevice.Folders()?.CacheFolder,
        // To find out on a new device whether overlap is what is wrong.
        OverlapKernels = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PD_TEST_NO_OVERLAP")),
    };

    public static CudaModelRunner Create(ModelWeights weights, CudaRunnerOptions? options = null) =>
        CudaModelRunner.Create(weights, options ?? Exact);

    public static CudaModelRunner Load(string folder, CudaRunnerOptions? options = null)
    {
        using ModelWeights weights = ModelWeights.Load(folder);
        return Create(weights, options);
    }
}
