using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PlannedDiffusion.Cpu.Simd;

/// <summary>
/// Sums in sixteen lanes at every vector width. Lane i takes elements i, i + 16, ...; the lanes are added in one fixed
/// order. So a sum has the same bits at every width.
/// </summary>
internal static unsafe class SixteenLanes<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Adds the lanes of 16 / Count vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(TVector v0, TVector v1, TVector v2, TVector v3)
    {
        float* lanes = stackalloc float[16];
        TSimd.Store(v0, lanes);
        if (TSimd.Count < 16) TSimd.Store(v1, lanes + TSimd.Count);
        if (TSimd.Count < 8) TSimd.Store(v2, lanes + 2 * TSimd.Count);
        if (TSimd.Count < 8) TSimd.Store(v3, lanes + 3 * TSimd.Count);
        for (int width = 8; width > 0; width /= 2)
        {
            for (int i = 0; i < width; i++) lanes[i] += lanes[i + width];
        }

        return lanes[0];
    }

    /// <summary>
    /// The same in f64. The framework's vector of sixteen lanes has one order of addition on every machine.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double WideSum(TVector v0, TVector v1, TVector v2, TVector v3)
    {
        float* lanes = stackalloc float[16];
        TSimd.Store(v0, lanes);
        if (TSimd.Count < 16) TSimd.Store(v1, lanes + TSimd.Count);
        if (TSimd.Count < 8) TSimd.Store(v2, lanes + 2 * TSimd.Count);
        if (TSimd.Count < 8) TSimd.Store(v3, lanes + 3 * TSimd.Count);
        (Vector512<double> low, Vector512<double> high) = Vector512.Widen(Vector512.Load(lanes));
        return Vector512.Sum(low + high);
    }
}
