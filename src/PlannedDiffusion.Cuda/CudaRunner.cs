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
    /// <summary>For <c>EngineOptions.RunnerFactory</c>.</summary>
    public static Func<ModelWeights, IModelRunner> Factory(CudaRunnerOptions? options = null) =>
        weights => CudaModelRunner.Create(weights, options ?? new CudaRunnerOptions());

    /// <summary>
    /// Compiles and loads the kernels of a model, so that the next start finds them in the cache. Needs the device, not
    /// the weights. Kernels are compiled for a start with cuBLAS and for one without.
    /// </summary>
    /// <exception cref="CudaLibraryException">A native library is missing or too old.</exception>
    /// <exception cref="CudaException">The driver or the compiler failed; the message names the call.</exception>
    public static CompilationReport Warm(ModelConfig config, CudaRunnerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        options ??= new CudaRunnerOptions();
        using CudaDevice device = CudaDevice.Open(options.Device, CudaLibraries.Use(options.Libraries));
        using KernelLibrary library = KernelLibrary.Create(device, options.KernelCacheFolder);
        // Without cuBLAS more of ours is needed; beside it only what follows its products.
        var programs = new StepPrograms(library, config, options with { Products = ProductChoice.Own }, cuBlas: null);
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
}
