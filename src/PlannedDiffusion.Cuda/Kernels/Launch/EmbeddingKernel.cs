using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The mirror of <c>EmbeddingParameters</c> in <c>kernels/embedding.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct EmbeddingParameters
{
    public ulong Residual;
    public ulong Table;
    public ulong Tokens;
    public ulong Rows;
    public ulong Header;
    public ulong Guards; // or 0: all rows write their keys and values
    public ulong Writes;
    public int Hidden;
    public int Width;
    public int MaskToken;
}

/// <summary>
/// The embeddings of the rows' tokens become the residual stream; guarded rows learn whether they write.
/// </summary>
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
