using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>silu(gate) * up, where silu(x) = x / (1 + e^-x); count is a multiple of 16.</summary>
internal static unsafe class SiluMul<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* gate, float* up, float* result, int count)
    {
        for (int i = 0; i < count; i += TSimd.Count)
        {
            TVector x = TSimd.Load(gate + i);
            TVector power = VectorExp<TSimd, TVector>.Exp(TSimd.Subtract(default, x));
            TVector silu = TSimd.Divide(x, TSimd.Add(TSimd.Broadcast(1), power));
            TSimd.Store(TSimd.Multiply(silu, TSimd.Load(up + i)), result + i);
        }
    }
}
