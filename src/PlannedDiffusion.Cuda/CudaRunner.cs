using PlannedDiffusion.Cpu;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Cuda.Steps;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cuda;

/// <summary>The CUDA runner for hosts of the engine.</summary>
public static class CudaRunner
{
    /// <summary>For <c>EngineOptions.RunnerFactory</c>: a GPU, or the exception that says why not.</summary>
    /// <param name="options">What every runner knows comes from <c>EngineOptions.Runner</c>.</param>
    public static Func<ModelWeights, RunnerOptions, IModelRunner> Factory(CudaRunnerOptions? options = null) =>
        (weights, runner) => CudaModelRunner.Create(weights, runner, options);

    /// <summary>
    /// For <c>EngineOptions.RunnerFactory</c>: a GPU where one can be used, else the CPU, and then
    /// <see cref="IModelRunner.Device"/> says why. What is wrong with the options or with the checkpoint is thrown.
    /// </summary>
    /// <param name="options">What every runner knows comes from <c>EngineOptions.Runner</c>.</param>
    public static Func<ModelWeights, RunnerOptions, IModelRunner> OrCpu(CudaRunnerOptions? options = null) =>
        (weights, runner) =>
        {
            try
            {
                return CudaModelRunner.Create(weights, runner, options);
            }
            catch (Exception e) when (SaysWhyNot(e))
            {
                var cpu = new CpuRunnerOptions { InsteadOf = FirstSentence(e.Message) };
                return CpuModelRunner.Create(weights, runner, cpu);
            }
        };

    /// <summary>
    /// Compiles and loads the kernels of a model, so that the next start finds them in the cache. Needs the device, not
    /// the weights. Kernels are compiled for a start with cuBLAS and for one without.
    /// </summary>
    /// <exception cref="CudaLibraryException">A native library is missing or too old.</exception>
    /// <exception cref="CudaException">The driver or the compiler failed; the message names the call.</exception>
    public static CompilationReport Warm(
        ModelConfig config, RunnerOptions? options = null, CudaRunnerOptions? cuda = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        cuda ??= new CudaRunnerOptions();
        using CudaDevice device = CudaDevice.Open(cuda.Device, CudaLibraries.Use(cuda.Libraries));
        using KernelLibrary library = KernelLibrary.Create(device, cuda.KernelCacheFolder);
        // Without cuBLAS more of ours is needed; beside it only what follows its products.
        CudaSettings settings = CudaSettings.For(config, options, cuda with { Products = ProductChoice.Own });
        var programs = new StepPrograms(library, config, settings, cuBlas: null);
        _ = new SiluMulKernel(library, programs.Kernels.Options);
        return library.Report;
    }

    /// <summary>The device that the options name: product and architecture, for instance <c>NVIDIA H200, sm_90</c>.
    /// </summary>
    /// <exception cref="CudaLibraryException">A native library is missing or too old.</exception>
    /// <exception cref="CudaException">The driver failed; the message names the call.</exception>
    public static string Describe(CudaRunnerOptions? options = null)
    {
        options ??= new CudaRunnerOptions();
        using CudaDevice device = CudaDevice.Open(options.Device, CudaLibraries.Use(options.Libraries));
        return $"{device.Name}, {device.Architecture}";
    }

    /// <summary>The folder in which compiled kernels are kept; null where there is none.</summary>
    public static string? KernelCacheFolder(CudaRunnerOptions? options = null)
    {
        string? folder = options?.KernelCacheFolder ?? KernelCache.DefaultFolder(Environment.GetEnvironmentVariable);
        return string.IsNullOrEmpty(folder) ? null : folder;
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
