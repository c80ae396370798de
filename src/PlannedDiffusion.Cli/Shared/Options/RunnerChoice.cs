using PlannedDiffusion.Cuda;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The requested runner.</summary>
/// <param name="kind">The device.</param>
/// <param name="precision">The precision; null for the default.</param>
/// <param name="threads">CPU threads; 0 for one per physical core.</param>
internal sealed class RunnerChoice(DeviceKind kind, Precision? precision, int threads)
{
    /// <summary>CPU threads; 0 for one per physical core.</summary>
    public int Threads => threads;

    /// <summary>The request as text, for reports.</summary>
    public string Asked => kind == DeviceKind.Cpu && precision is null
        ? "cpu" : $"{kind}, {precision ?? Precision.BF16}".ToLowerInvariant();

    /// <summary>True to measure the times of each step on a GPU.</summary>
    public bool TimeSteps { get; init; }

    /// <summary>File with a product table for a GPU; null for the built-in tables.</summary>
    public string? ProductTable { get; init; }

    /// <summary>True if the device was chosen automatically, so that output should name it.</summary>
    public bool WasLeftOpen => kind == DeviceKind.Auto;

    /// <summary>True if an engine runs on a GPU.</summary>
    public static bool IsOnGpu(PlannedDiffusionEngine engine) =>
        engine.Device.StartsWith("cuda", StringComparison.Ordinal);

    /// <summary>The options of an engine on this runner.</summary>
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
