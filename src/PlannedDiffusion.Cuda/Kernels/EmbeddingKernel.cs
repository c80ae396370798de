using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels;

/// <summary>The mirror of <c>EmbeddingParameters</c> in <c>kernels/embedding.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EmbeddingParameters
{
    public ulong Residual;
    public ulong Table;
    public ulong Tokens;
    public ulong Rows;
    public ulong Header;
    public int Hidden;
    public int Width;
}

/// <summary>The embeddings of the rows' tokens become the residual stream.</summary>
internal sealed class EmbeddingKernel(KernelLibrary library, KernelOptions options)
{
    private const int Threads = 256;

    private readonly CudaFunction _function = library.Load("embedding.cu", options).GetFunction("embedding");

    /// <param name="stream">Where it is queued.</param>
    /// <param name="parameters">What the kernel is told.</param>
    /// <param name="rows">The bucket: at least as many as the step has.</param>
    public void Launch(CudaStream stream, in EmbeddingParameters parameters, int rows) =>
        _function.Launch(stream, new Dim3(rows), new Dim3(Threads), 0, parameters);
}
