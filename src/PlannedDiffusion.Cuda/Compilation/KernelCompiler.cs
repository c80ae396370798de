using PlannedDiffusion.Cuda.Interop;

namespace PlannedDiffusion.Cuda.Compilation;

/// <summary>Answers with the image of a kernel file for given options and architecture.</summary>
internal sealed class KernelCompiler(CudaLibraries libraries)
{
    /// <summary>Compiles <paramref name="source"/> for an architecture, for instance <c>sm_90</c>.</summary>
    /// <exception cref="KernelCompilationException">The source has errors.</exception>
    public byte[] Image(KernelSource source, KernelOptions options, string architecture)
    {
        libraries.RequireNvrtc();
        using var program = new NvrtcProgram(source);
        return program.Compile([$"--gpu-architecture={architecture}", "-std=c++17", .. options.Arguments()]);
    }
}
