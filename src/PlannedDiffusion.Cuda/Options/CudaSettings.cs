using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Options;

/// <summary>The complete settings of a runner for a model.</summary>
/// <param name="Runner">Options of every runner.</param>
/// <param name="Cuda">Options of the CUDA runner.</param>
/// <param name="Limits">The limits for the model.</param>
internal sealed record CudaSettings(RunnerOptions Runner, CudaRunnerOptions Cuda, RunnerLimits Limits)
{
    /// <summary>The type of weights, activations, keys and values. Sums are always f32.</summary>
    public Precision Precision => Runner.Precision ?? Precision.BF16;

    /// <summary>The settings for a model.</summary>
    /// <exception cref="ArgumentException">An option is outside its range. The message names it.</exception>
    public static CudaSettings For(ModelConfig config, RunnerOptions? runner, CudaRunnerOptions? cuda)
    {
        runner ??= new RunnerOptions();
        cuda ??= new CudaRunnerOptions();
        runner.Validate();
        if (cuda.KvPoolPositions is { } positions) ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        return new CudaSettings(runner, cuda, runner.LimitsFor(config));
    }
}
