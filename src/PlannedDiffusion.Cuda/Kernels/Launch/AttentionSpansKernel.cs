using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>
/// Span-isolated attention of many rows on tensor cores, in bf16 only. <c>AttentionTiling</c> makes the items, with
/// <see cref="ItemRows"/> rows each. If items may be split, <see cref="AttentionCombineKernel"/> must follow.
/// </summary>
internal sealed class AttentionSpansKernel
{
    private const int Threads = 128;
    private const int TileRows = 64;
    private const int TileKeys = 64;
    private const int Stages = 2;
    private const int MaxHeadSize = 256;
    private const int SharedBytesWithoutAsking = 48 << 10;

    private readonly CudaFunction _function;
    private readonly AttentionShape _shape;
    private readonly int _sharedBytes;

    public AttentionSpansKernel(KernelLibrary library, KernelOptions options, AttentionShape shape)
    {
        _shape = shape;
        _sharedBytes = SharedBytes(shape);
        _function = library.Load("attention_spans.cu", shape.Specialise(options)).GetFunction("attention_spans");
        if (_sharedBytes > SharedBytesWithoutAsking) _function.AllowShared(_sharedBytes);
    }

    /// <summary>True if the kernel supports this shape. Otherwise <c>attention_decode</c> computes all rows.</summary>
    public static bool Supports(AttentionShape shape, bool bFloat16, int maxSharedBytesPerBlock) =>
        bFloat16 && shape.HeadsPerKvHead <= TileRows && shape.HeadSize <= MaxHeadSize
        && SharedBytes(shape) <= maxSharedBytesPerBlock;

    /// <summary>
    /// Rows of an item. Each takes as many rows of the tile as there are query heads per key/value head.
    /// </summary>
    public static int ItemRows(AttentionShape shape) => TileRows / shape.HeadsPerKvHead;

    /// <summary>Bytes of shared memory of a block: a tile of queries and two stages of keys and values.</summary>
    public static int SharedBytes(AttentionShape shape)
    {
        const int BytesPerElement = 2, Padding = 8;
        return (TileRows + Stages * 2 * TileKeys) * (shape.HeadWidth + Padding) * BytesPerElement;
    }

    /// <summary>Queues the kernel.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="parameters">The parameters of the kernel.</param>
    /// <param name="items">
    /// Blocks per head. They take the items in turn, so the number need not be the step's number of items. A captured
    /// graph has as many blocks as the device runs at once.
    /// </param>
    public void Launch(CudaStream stream, in AttentionParameters parameters, int items) =>
        _function.Launch(stream, new Dim3(items, _shape.KvHeads), new Dim3(Threads), _sharedBytes, parameters);
}
