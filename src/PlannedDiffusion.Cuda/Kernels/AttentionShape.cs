using PlannedDiffusion.Cuda.Compilation;

namespace PlannedDiffusion.Cuda.Kernels;

/// <summary>The heads of a network, and what the attention kernels derive from them.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key/value heads; divides <paramref name="Heads"/>.</param>
/// <param name="HeadSize">Size of a head; even.</param>
internal readonly record struct AttentionShape(int Heads, int KvHeads, int HeadSize)
{
    /// <summary>Query heads that share one key/value head.</summary>
    public int HeadsPerKvHead => Heads / KvHeads;

    /// <summary>HEAD_WIDTH: what a head takes in queries and in the K/V pool.</summary>
    public int HeadWidth => (HeadSize + 15) & ~15;

    /// <summary>log2(e) / sqrt(head size).</summary>
    public float ScoreScale => (float)(1 / (Math.Log(2) * Math.Sqrt(HeadSize)));

    /// <summary>Bytes of <c>partial_values</c> for steps that are cut like that.</summary>
    public long PartialValueBytes(in AttentionTiling tiling) => PartialRows(tiling) * HeadWidth * sizeof(float);

    /// <summary>Bytes of <c>partial_stats</c> for steps that are cut like that.</summary>
    public long PartialStatBytes(in AttentionTiling tiling) => PartialRows(tiling) * 2 * sizeof(float);

    /// <summary>The options with the constants that the attention kernels are specialised on.</summary>
    public KernelOptions Specialise(KernelOptions options) =>
        options.With(("HEAD_SIZE", HeadSize), ("HEADS_PER_KV_HEAD", HeadsPerKvHead));

    private long PartialRows(in AttentionTiling tiling) => (long)tiling.SplitItems * tiling.ItemRows * Heads;
}
