using System.Runtime.InteropServices;

namespace PlannedDiffusion.Cuda.Kernels.Launch;

/// <summary>The mirror of <c>AttentionParameters</c> in <c>kernels/include/attention/parameters.cuh</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AttentionParameters
{
    public ulong Output; // [rows, OutputStride]
    public ulong Query; // [rows, heads, HEAD_WIDTH]
    public ulong Keys; // [kv heads, PoolPositions, HEAD_WIDTH]
    public ulong Values; // [kv heads, PoolPositions, HEAD_WIDTH]
    public ulong Header;
    public ulong Rows;
    public ulong Items;
    public ulong PartialValues; // f32 [items, kv heads, ItemRows * heads per kv head, HEAD_WIDTH]
    public ulong PartialStats; // f32 [items, kv heads, ItemRows * heads per kv head, (max, sum)]
    public int KvHeads;
    public int PoolPositions;
    public int OutputStride;
    public int ItemRows; // the most rows of an item; 1 for attention_decode
    public float ScoreScale; // AttentionShape.ScoreScale
}
