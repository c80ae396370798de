namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>Compiles kernel files to machine code.</summary>
internal interface IDeviceCompiler
{
    /// <summary>
    /// Kind and version, for instance <c>nvrtc-13.0</c>. It is part of the cache key, because images differ between
    /// versions.
    /// </summary>
    string Version { get; }

    /// <summary>Compiles a file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="architecture">The device's architecture, for instance <c>sm_90</c>.</param>
    /// <param name="options">Options without those for architecture and language.</param>
    /// <exception cref="KernelCompilationException">The source has errors.</exception>
    byte[] Compile(KernelSource source, string architecture, IReadOnlyList<string> options);
}
