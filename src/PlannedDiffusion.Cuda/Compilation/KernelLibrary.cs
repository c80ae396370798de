using System.Collections.Concurrent;
using System.Diagnostics;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>
/// The kernels of a device. Each file is loaded once for each set of options. Thread-safe.
/// </summary>
internal sealed class KernelLibrary(CudaDevice device, KernelCompiler compiler) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<CudaModule>> _modules = new(StringComparer.Ordinal);
    private readonly Lock _reportLock = new();
    private CompilationReport _report;

    public CudaDevice Device { get; } = device;

    /// <param name="device">The device.</param>
    /// <param name="cacheFolder">The folder of the cache; null for the one that the environment names.</param>
    public static KernelLibrary Create(CudaDevice device, string? cacheFolder) => new(
        device, new KernelCompiler(device.Libraries, new KernelCompilerOptions { CacheFolder = cacheFolder }));

    /// <summary>Where the modules loaded so far came from.</summary>
    public CompilationReport Report
    {
        get
        {
            lock (_reportLock) return _report;
        }
    }

    /// <summary>The module of an embedded kernel file, for instance <c>rms_norm.cu</c>.</summary>
    /// <remarks>The library owns the module: do not dispose it.</remarks>
    public CudaModule Load(string file, KernelOptions options) =>
        Load(file, options, () => KernelSource.Embedded(file));

    /// <summary>The module of any source. Equal texts with equal names are compiled once.</summary>
    public CudaModule Load(KernelSource source, KernelOptions options) =>
        Load($"{source.Name} {source.Hash}", options, () => source);

    /// <summary>Loads many files in parallel, because compiling takes most of a cold start.</summary>
    public void Preload(IEnumerable<(string File, KernelOptions Options)> kernels) =>
        InParallel(kernels.Select<(string File, KernelOptions Options), Action>(
            kernel => () => Load(kernel.File, kernel.Options)));

    /// <summary>
    /// Runs actions that load kernels on several threads. The first failure is thrown when all have ended.
    /// </summary>
    public static void InParallel(IEnumerable<Action> loads)
    {
        try
        {
            Parallel.ForEach(loads, load => load());
        }
        catch (AggregateException e)
        {
            // The other failures mostly have the same cause.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Lazy<CudaModule> module in _modules.Values)
        {
            if (module.IsValueCreated) module.Value.Dispose();
        }

        _modules.Clear();
    }

    private CudaModule Load(string name, KernelOptions options, Func<KernelSource> source)
    {
        string key = $"{name} {string.Join(' ', options.Arguments())}";
        Lazy<CudaModule> module = _modules.GetOrAdd(key, _ => new Lazy<CudaModule>(() => Build(source(), options)));
        try
        {
            return module.Value;
        }
        catch
        {
            // The next call tries again.
            _modules.TryRemove(new(key, module));
            throw;
        }
    }

    private CudaModule Build(KernelSource source, KernelOptions options)
    {
        long start = Stopwatch.GetTimestamp();
        (byte[] image, KernelOrigin origin) = compiler.Image(source, options, Device.Architecture);
        CudaModule module = Device.LoadModule(image, source.Name);
        double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        lock (_reportLock)
        {
            _report = new CompilationReport(
                _report.Compiled + (origin == KernelOrigin.Compiled ? 1 : 0),
                _report.FromCache + (origin == KernelOrigin.Cache ? 1 : 0),
                _report.Prebuilt + (origin == KernelOrigin.Prebuilt ? 1 : 0),
                _report.Milliseconds + elapsed);
        }

        return module;
    }
}
