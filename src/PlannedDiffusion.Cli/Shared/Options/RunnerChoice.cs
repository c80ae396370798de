using PlannedDiffusion.Cpu;
using PlannedDiffusion.Cuda;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>Makes the runner that was asked for, and tells which one it became.</summary>
internal sealed class RunnerChoice(DeviceKind kind, CudaPrecision precision, int threads)
{
    public static RunnerChoice Cpu(int threads) => new(DeviceKind.Cpu, CudaPrecision.BF16, threads);

    /// <summary>Threads of the CPU's steps; 0 for one per physical core.</summary>
    public int Threads => threads;

    /// <summary>What was asked for, in words.</summary>
    public string Asked => kind == DeviceKind.Cpu ? "cpu" : $"{kind}, {precision}".ToLowerInvariant();

    /// <summary>True once a runner was made on a GPU.</summary>
    public bool IsCuda { get; private set; }

    /// <summary>Where the model runs, and for auto why not on a GPU; empty before a runner was made.</summary>
    public string Description { get; private set; } = "";

    /// <summary>True to measure on a GPU when it runs each step.</summary>
    public bool TimeSteps { get; init; }

    /// <summary>File with a table of products for a GPU; null for the usual one.</summary>
    public string? ProductTable { get; init; }

    /// <summary>True if nobody said where, so that somebody may wonder.</summary>
    public bool WasLeftOpen => kind == DeviceKind.Auto;

    public IModelRunner Create(ModelWeights weights, RunnerLimits limits, IProgress<LoadProgress>? progress)
    {
        string because = "";
        if (kind != DeviceKind.Cpu)
        {
            try
            {
                return CreateCuda(weights, limits, progress);
            }
            catch (Exception e) when (kind == DeviceKind.Auto && SaysWhyNot(e))
            {
                because = $": {FirstSentence(e.Message)}";
            }
        }

        Description = $"cpu{because}";
        return CpuModelRunner.Create(weights, new CpuRunnerOptions { Threads = threads, Limits = limits }, progress);
    }

    private CudaModelRunner CreateCuda(ModelWeights weights, RunnerLimits limits, IProgress<LoadProgress>? progress)
    {
        CudaModelRunner runner = CudaModelRunner.Create(weights, new CudaRunnerOptions
        {
            Limits = limits,
            Precision = precision,
            TimeSteps = TimeSteps,
            ProductTable = ProductTable,
            Progress = progress,
        });
        string type = precision == CudaPrecision.F32 ? "f32" : "bf16";
        Description = $"cuda: {runner.Device.Name}, {runner.Device.Architecture}, {type}";
        IsCuda = true;
        return runner;
    }

    // No driver, no device, a device that is too old or too small, no compiler, or kernels that it refuses.
    private static bool SaysWhyNot(Exception e) =>
        e is CudaLibraryException or CudaException or KernelCompilationException or NotSupportedException
            or RunnerCapacityException;

    private static string FirstSentence(string message)
    {
        string line = message.Split('\n', 2)[0];
        int end = line.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? line : line[..(end + 1)];
    }
}
