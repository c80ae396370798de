using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda.Options;

/// <summary>All that a runner is built by, for a model.</summary>
/// <param name="Runner">What every runner knows.</param>
/// <param name="Cuda">What only this one does.</param>
/// <param name="Limits">Those of the runner, for the model.</param>
internal sealed record CudaSettings(RunnerOptions Runner, CudaRunnerOptions Cuda, RunnerLimits Limits)
{
    /// <summary>Type of weights, activations, keys and values; sums are f32 in both.</summary>
    public Precision Precision => Runner.Precision ?? Precision.BF16;

    /// <summary>The settings for a model.</summary>
    /// <exception cref="ArgumentException">An option is outside its range; the message names it.</exception>
    public static CudaSettings For(ModelConfig config, RunnerOptions? runner, CudaRunnerOptions? cuda)
    {
        runner ??= new RunnerOptions();
        cuda ??= new CudaRunnerOptions();
        runner.Validate();
        if (cuda.KvPoolPositions is { } positions) ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        return new CudaSettings(runner, cuda, runner.LimitsFor(config));
    }
}
