using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// Loads the next panel into the second-level cache while the tall tiles of the current panel are computed. Its weights
/// come from memory once per step, and nothing waits for them. For lower tiles it costs more than it gains (measured on
/// Zen 4: 2 % faster at 64 rows, 4 % slower at 16).
/// </summary>
internal static unsafe class PanelPrefetch
{
    private const int Line = 64;

    /// <summary>
    /// A panel has four cache lines per pair of k. Each of its first four tiles prefetches one of them with each pair.
    /// </summary>
    /// <param name="tile">The tile to compute next.</param>
    /// <param name="next">The next panel, or null.</param>
    /// <param name="index">Index of the tile among those of this panel.</param>
    public static void Begin(ref GemmTile tile, byte* next, int index)
    {
        bool useful = next != null && index < 4;
        tile.PrefetchStep = useful ? Line : 0;
        tile.Prefetch = useful ? next + (nint)index * Line * ((tile.K + 1) / 2) : tile.Weights;
    }

    /// <summary>The address need not be valid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void One(byte* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }
}
