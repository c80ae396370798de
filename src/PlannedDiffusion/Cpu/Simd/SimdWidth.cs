using System.Runtime.Intrinsics;

namespace PlannedDiffusion.Cpu.Simd;

/// <summary>
/// Vector width that the CPU kernels use. All widths give the same bits where fused multiply-add exists.
/// </summary>
public enum SimdWidth
{
    /// <summary>The widest that the hardware has.</summary>
    Widest,

    /// <summary>128 bits: SSE, NEON, or emulated; runs everywhere.</summary>
    Bits128,

    /// <summary>256 bits: AVX2 and FMA.</summary>
    Bits256,

    /// <summary>512 bits: AVX-512.</summary>
    Bits512,
}

/// <summary>The widths that this machine supports.</summary>
public static class SimdSupport
{
    /// <summary>The widest width that runs here.</summary>
    public static SimdWidth Widest =>
        IsSupported(SimdWidth.Bits512) ? SimdWidth.Bits512
        : IsSupported(SimdWidth.Bits256) ? SimdWidth.Bits256
        : SimdWidth.Bits128;

    /// <summary>True if kernels of this width run on this machine.</summary>
    public static bool IsSupported(SimdWidth width) => width switch
    {
        SimdWidth.Bits512 => Vector512.IsHardwareAccelerated,
        SimdWidth.Bits256 => Vector256.IsHardwareAccelerated && System.Runtime.Intrinsics.X86.Fma.IsSupported,
        _ => true,
    };
}
