using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The mirror of <c>AttentionCombineParameters</c> in <c>kernels/attention_combine.cu</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AttentionCombineParameters
{
    public ulong Output;
    public ulong PartialValues;
    public ulong PartialStats;
    public ulong Header;
    public ulong Rows;
    public ulong Items;
    public int KvHeads;
    public int OutputStride;
    public int ItemRows;
    public int HeadWarps; // warps that share the splits of one head: 1, 2 or 4

    /// <summary>The parameters for the results of an attention kernel.</summary>
    public static AttentionCombineParameters After(in AttentionParameters attention) => new()
    {
        Output = attention.Output,
        PartialValues = attention.PartialValues,
        PartialStats = attention.PartialStats,
        Header = attention.Header,
        Rows = attention.Rows,
        Items = attention.Items,
        KvHeads = attention.KvHeads,
        OutputStride = attention.OutputStride,
        ItemRows = attention.ItemRows,
        // Single rows have many splits. Tiles of rows have few, but there are many rows.
        HeadWarps = attention.ItemRows == AttentionDecodeKernel.ItemRows ? AttentionCombineKernel.Warps : 1,
    };
}

/// <summary>Adds the partial results of rows whose keys were split among several items.</summary>
internal sealed class AttentionCombineKernel(KernelLibrary library, KernelOptions options, AttentionShape shape)
{
    /// <summary>Warps of a block.</summary>
    public const int Warps = 4;

    private const int Threads = 32 * Warps;

    private readonly CudaFunction _function =
        library.Load("attention_combine.cu", shape.Specialise(options)).GetFunction("attention_combine");

    /// <summary>Queues the kernel.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="parameters">The parameters of the kernel.</param>
    /// <param name="rows">The bucket of rows.</param>
    public void Launch(CudaStream stream, in AttentionCombineParameters parameters, int rows)
    {
        int headsPerBlock = Warps / parameters.HeadWarps;
        var grid = new Dim3(rows, (shape.Heads + headsPerBlock - 1) / headsPerBlock);
        _function.Launch(stream, grid, new Dim3(Threads), 0, parameters);
    }
}
