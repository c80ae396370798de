using System.Collections.Concurrent;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>The kernels of a device: each file is loaded once for each set of options. Thread-safe.</summary>
internal sealed class KernelLibrary(CudaDevice device, KernelCompiler compiler) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<CudaModule>> _modules = new(StringComparer.Ordinal);

    public CudaDevice Device { get; } = device;

    /// <summary>The module of a kernel file that this assembly carries, for instance <c>rms_norm.cu</c>.</summary>
    /// <remarks>The library owns it: do not dispose it.</remarks>
    public CudaModule Load(string file, KernelOptions options) =>
        Load(file, options, () => KernelSource.Embedded(file));

    /// <summary>The same for a text; equal texts under equal names are compiled once.</summary>
    public CudaModule Load(KernelSource source, KernelOptions options) =>
        Load($"{source.Name} {source.Hash}", options, () => source);

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
            // A failure is not kept: the next call tries again.
            _modules.TryRemove(new(key, module));
            throw;
        }
    }

    private CudaModule Build(KernelSource source, KernelOptions options)
    {
        byte[] image = compiler.Image(source, options, Device.Architecture);
        return Device.LoadModule(image, source.Name);
    }
}
