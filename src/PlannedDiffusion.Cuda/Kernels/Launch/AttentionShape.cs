using PlannedDiffusion.Cuda.Compilation;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The attention heads of a network.</summary>
/// <param name="Heads">Number of query heads.</param>
/// <param name="KvHeads">Number of key/value heads, which divides <paramref name="Heads"/>.</param>
/// <param name="HeadSize">Size of a head, which is even.</param>
internal readonly record struct AttentionShape(int Heads, int KvHeads, int HeadSize)
{
    /// <summary>Query heads that share one key/value head.</summary>
    public int HeadsPerKvHead => Heads / KvHeads;

    /// <summary>HEAD_WIDTH: the padded size of a head in queries and in the K/V pool.</summary>
    public int HeadWidth => (HeadSize + 15) & ~15;

    /// <summary>log2(e) / sqrt(head size).</summary>
    public float ScoreScale => (float)(1 / (Math.Log(2) * Math.Sqrt(HeadSize)));

    /// <summary>Adds the constants that attention kernels are compiled for.</summary>
    public KernelOptions Specialise(KernelOptions options) =>
        options.With(("HEAD_SIZE", HeadSize), ("HEADS_PER_KV_HEAD", HeadsPerKvHead));
}
