using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// Rotates each pair (i, i + half) of a head by its angle. It uses four lanes on every machine, because it is a small
/// part of a step.
/// </summary>
internal static unsafe class RotaryEmbedding
{
    /// <param name="head">[head size]</param>
    /// <param name="cosines">[head size / 2] of the row's position</param>
    /// <param name="sines">[head size / 2]</param>
    /// <param name="half">Half of the head's size.</param>
    /// <param name="scale">Factor of the result: 1/sqrt(head size) for queries.</param>
    /// <param name="result">[head size]; may be <paramref name="head"/></param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* head, float* cosines, float* sines, int half, float scale, float* result)
    {
        int i = 0;
        for (; i <= half - 4; i += 4)
        {
            Vector128<float> cos = Vector128.Load(cosines + i), sin = Vector128.Load(sines + i);
            Vector128<float> first = Vector128.Load(head + i), second = Vector128.Load(head + half + i);
            (Vector128.MultiplyAddEstimate(first, cos, -(second * sin)) * scale).Store(result + i);
            (Vector128.MultiplyAddEstimate(second, cos, first * sin) * scale).Store(result + half + i);
        }

        for (; i < half; i++)
        {
            float first = head[i], second = head[half + i];
            result[i] = float.MultiplyAddEstimate(first, cosines[i], -(second * sines[i])) * scale;
            result[half + i] = float.MultiplyAddEstimate(second, cosines[i], first * sines[i]) * scale;
        }
    }
}
