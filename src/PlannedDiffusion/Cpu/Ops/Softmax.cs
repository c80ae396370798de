using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// Replaces scores by e^(score - largest) and returns their sum. The caller divides, once per output. Count is a
/// multiple of 16. Masked scores are -∞, and at least one is not. If a score is NaN or +∞, or all are -∞, the sum is
/// NaN, and so is the output: a broken network must not look as if it saw nothing.
/// </summary>
internal static unsafe class Softmax<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Run(float* scores, int count)
    {
        float most = Largest(scores, count);
        if (!float.IsFinite(most)) return float.NaN;
        TVector largest = TSimd.Broadcast(most);
        TVector s0 = default, s1 = default, s2 = default, s3 = default;
        for (int i = 0; i < count; i += 16)
        {
            s0 = TSimd.Add(s0, Power(scores + i, largest));
            if (TSimd.Count < 16) s1 = TSimd.Add(s1, Power(scores + i + TSimd.Count, largest));
            if (TSimd.Count < 8) s2 = TSimd.Add(s2, Power(scores + i + 2 * TSimd.Count, largest));
            if (TSimd.Count < 8) s3 = TSimd.Add(s3, Power(scores + i + 3 * TSimd.Count, largest));
        }

        return SixteenLanes<TSimd, TVector>.Sum(s0, s1, s2, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Power(float* score, TVector largest)
    {
        TVector power = VectorExp<TSimd, TVector>.Exp(TSimd.Subtract(TSimd.Load(score), largest));
        TSimd.Store(power, score);
        return power;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(float* scores, int count)
    {
        TVector largest = TSimd.Broadcast(float.NegativeInfinity), lowest = TSimd.Broadcast(float.MinValue);
        // 0, or NaN where a score is NaN: the native maximum then gives its second operand.
        TVector broken = default;
        for (int i = 0; i < count; i += TSimd.Count)
        {
            TVector score = TSimd.Load(scores + i);
            broken = TSimd.MultiplyAdd(TSimd.Max(lowest, score), default, broken);
            largest = TSimd.Max(largest, score);
        }

        float* lanes = stackalloc float[TSimd.Count];
        TSimd.Store(TSimd.Add(largest, broken), lanes);
        float result = lanes[0];
        for (int i = 1; i < TSimd.Count; i++) result = MathF.Max(result, lanes[i]);
        return result;
    }
}
