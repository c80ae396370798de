using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>Where an image came from.</summary>
internal enum KernelOrigin
{
    Compiled,
    Cache,
    Prebuilt,
}

/// <summary>
/// Provides the image of a kernel file for given options. It looks among the kernels compiled ahead of time and then in
/// the cache. Otherwise it compiles the file. Thread-safe.
/// </summary>
internal sealed class KernelCompiler
{
    private readonly Lazy<IDeviceCompiler?> _compiler;
    private readonly Func<string>? _tried;
    private readonly KernelCache? _cache;
    private readonly PrebuiltKernels? _prebuilt;

    public KernelCompiler(CudaLibraries libraries, KernelCompilerOptions? options = null)
        : this(() => NvrtcCompiler.TryLoad(libraries), options ?? new(), () => libraries.TriedForNvrtc)
    {
    }

    /// <param name="compiler">Called when a compiler is first needed. It returns null if this machine has none.</param>
    /// <param name="options">The folders of the cache and of kernels compiled ahead of time.</param>
    /// <param name="tried">What was tried to find a compiler, for the message if there is none.</param>
    internal KernelCompiler(
        Func<IDeviceCompiler?> compiler, KernelCompilerOptions options, Func<string>? tried = null)
    {
        _tried = tried;
        _compiler = new Lazy<IDeviceCompiler?>(compiler, LazyThreadSafetyMode.PublicationOnly);
        string? cache = options.CacheFolder ?? KernelCache.DefaultFolder(Environment.GetEnvironmentVariable);
        string? prebuilt = options.PrebuiltFolder
            ?? Environment.GetEnvironmentVariable(PrebuiltKernels.FolderVariable);
        _cache = string.IsNullOrEmpty(cache) ? null : new KernelCache(cache);
        _prebuilt = string.IsNullOrEmpty(prebuilt) ? null : new PrebuiltKernels(prebuilt);
    }

    /// <summary>The image of <paramref name="source"/> for an architecture such as <c>sm_90</c>.</summary>
    /// <exception cref="KernelCompilationException">The source has errors.</exception>
    /// <exception cref="CudaLibraryException">There is neither an image nor a compiler.</exception>
    public (byte[] Image, KernelOrigin Origin) Image(KernelSource source, KernelOptions options, string architecture)
    {
        if (_prebuilt?.Find(source, options, architecture) is { } ahead) return (ahead, KernelOrigin.Prebuilt);

        var key = new KernelKey(source, options, architecture);
        if (_compiler.Value is not { } compiler)
        {
            return (_cache?.FindAny(key) ?? throw NothingFits(source, architecture), KernelOrigin.Cache);
        }

        if (_cache?.Find(key, compiler.Version) is { } kept) return (kept, KernelOrigin.Cache);
        byte[] image = compiler.Compile(source, architecture, options.Arguments());
        _cache?.Store(key, compiler.Version, image);
        return (image, KernelOrigin.Compiled);
    }

    private CudaLibraryException NothingFits(KernelSource source, string architecture) => new(
        $"There is no compiler{(_tried is null ? "" : $" ({_tried()})")}, and no compiled {source.Name} for " +
        $"{architecture} and these options (cache: {_cache?.Folder ?? "none"}; " +
        $"compiled ahead: {_prebuilt?.Folder ?? "none"}). " +
        $"Install CUDA's NVRTC 12 or 13 (or name it in {LibrarySearch.NvrtcVariable}); " +
        "or run 'pd warm --model DIR' on a machine that has it, for the same kind of device, and bring the cache " +
        $"({KernelCache.FolderVariable}) here; or build the CMake target 'kernels' where the CUDA toolkit is " +
        $"installed and name its folder in {PrebuiltKernels.FolderVariable}.");
}
