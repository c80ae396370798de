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

/// <summary>Factories of the CUDA runner for hosts of the engine.</summary>
public static class CudaRunner
{
    /// <summary>
    /// A value for <c>EngineOptions.RunnerFactory</c>. It creates a runner on a GPU or throws the reason why it cannot.
    /// </summary>
    /// <param name="options">Options of this runner. <c>EngineOptions.Runner</c> has those of every runner.</param>
    public static Func<ModelWeights, RunnerOptions, IModelRunner> Factory(CudaRunnerOptions? options = null) =>
        (weights, runner) => CudaModelRunner.Create(weights, runner, options);

    /// <summary>
    /// A value for <c>EngineOptions.RunnerFactory</c>. It creates a runner on a GPU if one can be used, else on the
    /// CPU. Then <see cref="IModelRunner.Device"/> says why. Errors of the options or of the checkpoint are thrown.
    /// </summary>
    /// <param name="options">Options of this runner. <c>EngineOptions.Runner</c> has those of every runner.</param>
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
    /// Compiles the kernels of a model, so that the next start finds them in the cache. It needs the device but not the
    /// weights. The kernels serve starts with and without cuBLAS.
    /// </summary>
    /// <exception cref="CudaLibraryException">A native library is missing or too old.</exception>
    /// <exception cref="CudaException">The driver or the compiler failed. The message names the call.</exception>
    public static CompilationReport Warm(
        ModelConfig config, RunnerOptions? options = null, CudaRunnerOptions? cuda = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        cuda ??= new CudaRunnerOptions();
        using CudaDevice device = CudaDevice.Open(cuda.Device, CudaLibraries.Use(cuda.Libraries));
        using KernelLibrary library = KernelLibrary.Create(device, cuda.KernelCacheFolder);
        // A start without cuBLAS needs the most kernels. A start with it also needs the kernel after its products.
        CudaSettings settings = CudaSettings.For(config, options, cuda with { Products = ProductChoice.Own });
        var programs = new StepPrograms(library, config, settings, cuBlas: null);
        _ = new SiluMulKernel(library, programs.Kernels.Options);
        return library.Report;
    }

    /// <summary>
    /// The name and architecture of the device that the options select, for instance <c>NVIDIA H200, sm_90</c>.
    /// </summary>
    /// <exception cref="CudaLibraryException">A native library is missing or too old.</exception>
    /// <exception cref="CudaException">The driver failed. The message names the call.</exception>
    public static string Describe(CudaRunnerOptions? options = null)
    {
        options ??= new CudaRunnerOptions();
        using CudaDevice device = CudaDevice.Open(options.Device, CudaLibraries.Use(options.Libraries));
        return $"{device.Name}, {device.Architecture}";
    }

    /// <summary>The folder of the cache of compiled kernels; null if there is none.</summary>
    public static string? KernelCacheFolder(CudaRunnerOptions? options = null)
    {
        string? folder = options?.KernelCacheFolder ?? KernelCache.DefaultFolder(Environment.GetEnvironmentVariable);
        return string.IsNullOrEmpty(folder) ? null : folder;
    }

    // There is no driver, device or compiler, the device is too old or too small, or a kernel does not compile.
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
