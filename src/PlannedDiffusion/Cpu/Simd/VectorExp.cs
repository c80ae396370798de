using System.Runtime.CompilerServices;

namespace PlannedDiffusion.Cpu.Simd;

/// <summary>
/// e^x in f32, within 2 units in the last place: x = n ln 2 + r, a polynomial for e^r (minimax on |r| ≤ ln 2 / 2), and
/// 2^n by adding to the exponent. Below -87.33 the result is 0, so a masked score of -∞ has no weight. Above 88.37 it
/// is e^88.37.
/// </summary>
internal static class VectorExp<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const float Lowest = -87.33f, Highest = 88.37f;
    private const float Log2E = 1.44269504f, Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    /// <summary>1.5 * 2^23. Adding it rounds to an integer, which is then in the low bits.</summary>
    private const float Shifter = 12582912f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp(TVector x)
    {
        TVector clamped = TSimd.Min(TSimd.Max(x, TSimd.Broadcast(Lowest)), TSimd.Broadcast(Highest));
        TVector shifted = TSimd.MultiplyAdd(clamped, TSimd.Broadcast(Log2E), TSimd.Broadcast(Shifter));
        TVector n = TSimd.Subtract(shifted, TSimd.Broadcast(Shifter));
        TVector r = TSimd.MultiplyAdd(n, TSimd.Broadcast(-Ln2High), clamped);
        r = TSimd.MultiplyAdd(n, TSimd.Broadcast(-Ln2Low), r);
        TVector p = TSimd.Broadcast(0.00138144672f);
        p = TSimd.MultiplyAdd(p, r, TSimd.Broadcast(0.00836878084f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Broadcast(0.0416683927f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Broadcast(0.166665196f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Broadcast(0.49999994f));
        TVector power = TSimd.Add(TSimd.MultiplyAdd(TSimd.Multiply(r, r), p, r), TSimd.Broadcast(1));
        return TSimd.ZeroWhereLess(x, TSimd.Broadcast(Lowest), TSimd.ScaleByPowerOfTwo(power, shifted));
    }
}
