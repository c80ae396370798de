namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>What makes machine code of kernel files.</summary>
internal interface IDeviceCompiler
{
    /// <summary>Kind and version, for instance <c>nvrtc-13.0</c>: another version makes other images.</summary>
    string Version { get; }

    /// <param name="source">The file.</param>
    /// <param name="architecture">The device's, for instance <c>sm_90</c>.</param>
    /// <param name="options">Beside those that name the architecture and the language.</param>
    /// <exception cref="KernelCompilationException">The source has errors.</exception>
    byte[] Compile(KernelSource source, string architecture, IReadOnlyList<string> options);
}
