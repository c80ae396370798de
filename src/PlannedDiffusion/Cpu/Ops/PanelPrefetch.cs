using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// Brings the next panel into the second-level cache while the tall tiles of the present one are computed: its weights
/// come from memory once per step, and nothing waits for them. For lower tiles it costs more than it brings (measured
/// on Zen 4: 2 % won at 64 rows, 4 % lost at 16).
/// </summary>
internal static unsafe class PanelPrefetch
{
    private const int Line = 64;

    /// <summary>
    /// A panel has four lines per pair of k: each of its first four tiles asks for one with each pair.
    /// </summary>
    /// <param name="tile">The tile about to be computed.</param>
    /// <param name="next">The next panel, or null.</param>
    /// <param name="index">Index of the tile among those of this panel.</param>
    public static void Begin(ref GemmTile tile, byte* next, int index)
    {
        bool useful = next != null && index < 4;
        tile.PrefetchStep = useful ? Line : 0;
        tile.Prefetch = useful ? next + (nint)index * Line * ((tile.K + 1) / 2) : tile.Weights;
    }

    /// <summary>Needs no valid address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void One(byte* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }
}
