using PlannedDiffusion.Cuda;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The runner that was asked for.</summary>
/// <param name="kind">Where it runs.</param>
/// <param name="precision">Its type; null where nobody said.</param>
/// <param name="threads">Threads of the CPU's steps; 0 for one per physical core.</param>
internal sealed class RunnerChoice(DeviceKind kind, Precision? precision, int threads)
{
    /// <summary>Threads of the CPU's steps; 0 for one per physical core.</summary>
    public int Threads => threads;

    /// <summary>What was asked for, in words.</summary>
    public string Asked => kind == DeviceKind.Cpu && precision is null
        ? "cpu" : $"{kind}, {precision ?? Precision.BF16}".ToLowerInvariant();

    /// <summary>True to measure on a GPU when it runs each step.</summary>
    public bool TimeSteps { get; init; }

    /// <summary>File with a table of products for a GPU; null for the usual one.</summary>
    public string? ProductTable { get; init; }

    /// <summary>True if nobody said where, so that somebody may wonder.</summary>
    public bool WasLeftOpen => kind == DeviceKind.Auto;

    /// <summary>True if an engine runs on a GPU.</summary>
    public static bool IsOnGpu(PlannedDiffusionEngine engine) =>
        engine.Device.StartsWith("cuda", StringComparison.Ordinal);

    /// <summary>The options of an engine on such a runner.</summary>
    public EngineOptions EngineOptions(RunnerLimits limits, IProgress<LoadProgress>? progress)
    {
        var cuda = new CudaRunnerOptions { ProductTable = ProductTable };
        return new EngineOptions
        {
            RunnerFactory = kind switch
            {
                DeviceKind.Cpu => null,
                DeviceKind.Cuda => CudaRunner.Factory(cuda),
                _ => CudaRunner.OrCpu(cuda),
            },
            Runner = new RunnerOptions
            {
                Limits = limits,
                Threads = threads,
                Precision = precision,
                TimeSteps = TimeSteps,
                Progress = progress,
            },
        };
    }
}
