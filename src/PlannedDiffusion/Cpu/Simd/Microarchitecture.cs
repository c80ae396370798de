using System.Runtime.Intrinsics.X86;

namespace PlannedDiffusion.Cpu.Simd;

/// <summary>Properties of a processor, beyond its instructions, that the kernels use.</summary>
internal static class Microarchitecture
{
    private const int Zen4 = 0x19;

    /// <summary>
    /// True if tiles of 12 x 32 are faster than those of 6 x 64 at 512 bits. They decode half as many weights per
    /// product but broadcast twice as many activations: a gain where two 512-bit multiply-adds start per cycle (Zen 5),
    /// and a loss of 4 % where one does (Zen 4, 64 rows).
    /// </summary>
    public static bool PrefersTallTiles => !X86Base.IsSupported || Family(X86Base.CpuId(1, 0).Eax) != Zen4;

    /// <summary>The family in a processor signature, as AMD numbers it.</summary>
    public static int Family(int signature)
    {
        int family = (signature >> 8) & 0xF;
        return family == 0xF ? family + ((signature >> 20) & 0xFF) : family;
    }
}
