using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda;

/// <summary>The CUDA runner for hosts of the engine.</summary>
public static class CudaRunner
{
    /// <summary>For <c>EngineOptions.RunnerFactory</c>.</summary>
    public static Func<ModelWeights, IModelRunner> Factory(CudaRunnerOptions? options = null) =>
        weights => CudaModelRunner.Create(weights, options ?? new CudaRunnerOptions());
}
