using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>
/// Attention of items of one row (<c>AttentionTiling</c> with one row per item), in both element types and for
/// heads of every size up to 256. <see cref="AttentionCombineKernel"/> must follow where an item may be split.
/// </summary>
internal sealed class AttentionDecodeKernel(KernelLibrary library, KernelOptions options, AttentionShape shape)
{
    /// <summary>Rows of an item.</summary>
    public const int ItemRows = 1;

    private const int Threads = 128;
    private const int PartHeads = 8; // query heads that a block takes at most

    private readonly CudaFunction _function =
        library.Load("attention_decode.cu", shape.Specialise(options)).GetFunction("attention_decode");

    /// <param name="stream">Where it is queued.</param>
    /// <param name="parameters">What the kernel is told.</param>
    /// <param name="items">
    /// Blocks per head. They take the items in turn, so a captured graph may have as many as the device runs at once,
    /// whatever its steps have.
    /// </param>
    public void Launch(CudaStream stream, in AttentionParameters parameters, int items)
    {
        int parts = (shape.HeadsPerKvHead + PartHeads - 1) / PartHeads;
        _function.Launch(stream, new Dim3(items, shape.KvHeads * parts), new Dim3(Threads), 0, parameters);
    }
}
