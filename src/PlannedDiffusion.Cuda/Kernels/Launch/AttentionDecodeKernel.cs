using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>
/// Attention of single rows: <c>AttentionTiling</c> with one row per item. It supports both element types and head
/// sizes up to 256. If items may be split, <see cref="AttentionCombineKernel"/> must follow.
/// </summary>
internal sealed class AttentionDecodeKernel(KernelLibrary library, KernelOptions options, AttentionShape shape)
{
    /// <summary>The rows of an item.</summary>
    public const int ItemRows = 1;

    private const int Threads = 128;
    private const int PartHeads = 8; // the most query heads of a block

    private readonly CudaFunction _function =
        library.Load("attention_decode.cu", shape.Specialise(options)).GetFunction("attention_decode");

    /// <summary>Queues the kernel.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="parameters">The parameters of the kernel.</param>
    /// <param name="items">
    /// Blocks per head. They take the items in turn, so the number need not be the step's number of items. A captured
    /// graph has as many blocks as the device runs at once.
    /// </param>
    public void Launch(CudaStream stream, in AttentionParameters parameters, int items)
    {
        int parts = (shape.HeadsPerKvHead + PartHeads - 1) / PartHeads;
        _function.Launch(stream, new Dim3(items, shape.KvHeads * parts), new Dim3(Threads), 0, parameters);
    }
}
