using PlannedDiffusion.Cuda.Compilation;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

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

    /// <summary>The options with the constants that the attention kernels are specialised on.</summary>
    public KernelOptions Specialise(KernelOptions options) =>
        options.With(("HEAD_SIZE", HeadSize), ("HEADS_PER_KV_HEAD", HeadsPerKvHead));
}
