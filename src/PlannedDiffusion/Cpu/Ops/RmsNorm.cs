using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>x / sqrt(mean(x²) + ε), then times the weight. Rows are padded with zeros to a multiple of 16.</summary>
internal static unsafe class RmsNorm<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, float* weight, int size, float epsilon, float* result)
    {
        int padded = (size + 15) & ~15;
        float mean = SumOfSquares(x, padded) / size;
        TVector scale = TSimd.Broadcast(1 / MathF.Sqrt(mean + epsilon));
        for (int i = 0; i < padded; i += TSimd.Count)
        {
            TVector normalized = TSimd.Multiply(TSimd.Load(x + i), scale);
            TSimd.Store(TSimd.Multiply(normalized, TSimd.Load(weight + i)), result + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumOfSquares(float* x, int padded)
    {
        TVector s0 = default, s1 = default, s2 = default, s3 = default;
        for (int i = 0; i < padded; i += 16)
        {
            s0 = AddSquare(x + i, s0);
            if (TSimd.Count < 16) s1 = AddSquare(x + i + TSimd.Count, s1);
            if (TSimd.Count < 8) s2 = AddSquare(x + i + 2 * TSimd.Count, s2);
            if (TSimd.Count < 8) s3 = AddSquare(x + i + 3 * TSimd.Count, s3);
        }

        return SixteenLanes<TSimd, TVector>.Sum(s0, s1, s2, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AddSquare(float* x, TVector sum)
    {
        TVector value = TSimd.Load(x);
        return TSimd.MultiplyAdd(value, value, sum);
    }
}
