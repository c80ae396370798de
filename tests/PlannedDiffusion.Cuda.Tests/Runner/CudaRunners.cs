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

    public static CudaSetup Exact { get; } = new();

    public static CudaModelRunner Create(ModelWeights weights, CudaSetup? setup = null) =>
        CudaModelRunner.Create(weights, (setup ?? Exact).Runner, (setup ?? Exact).Cuda);

    public static CudaModelRunner Load(string folder, CudaSetup? setup = null)
    {
        using ModelWeights weights = ModelWeights.Load(folder);
        return Create(weights, setup);
    }
}
