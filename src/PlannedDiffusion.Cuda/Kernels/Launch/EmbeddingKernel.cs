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
    public ulong Guards; // 0: all rows write their keys and values
    public ulong Writes;
    public int Hidden;
    public int Width;
    public int MaskToken;
}

/// <summary>
/// Writes the embeddings of the rows' tokens into the residual stream. It also decides which guarded rows write keys
/// and values.
/// </summary>
internal sealed class EmbeddingKernel(KernelLibrary library, KernelOptions options)
{
    private const int Threads = 256;

    private readonly CudaFunction _function = library.Load("embedding.cu", options).GetFunction("embedding");

    /// <summary>Queues the kernel.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="parameters">The parameters of the kernel.</param>
    /// <param name="rows">The rows of the bucket, at least those of the step.</param>
    public void Launch(CudaStream stream, in EmbeddingParameters parameters, int rows) =>
        _function.Launch(stream, new Dim3(rows), new Dim3(Threads), 0, parameters);
}
