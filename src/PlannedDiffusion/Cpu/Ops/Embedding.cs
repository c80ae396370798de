using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Numerics;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// Gathers one row of the embedding from the panels. So a tied output head needs no second copy. The strided reads of a
/// row are negligible in a step.
/// </summary>
internal static unsafe class Embedding
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in PackedMatrix matrix, int token, float* result)
    {
        byte* panel = matrix.Panel(token / PackedMatrix.PanelRows);
        int row = token % PackedMatrix.PanelRows;
        if (!matrix.IsBFloat16)
        {
            float* column = (float*)panel + row;
            for (int k = 0; k < matrix.Columns; k++) result[k] = column[(nint)k * PackedMatrix.PanelRows];
            return;
        }

        ushort* pairs = (ushort*)panel + 2 * row;
        for (int k = 0; k < matrix.Columns; k++)
        {
            result[k] = BFloat16.ToSingle(pairs[(nint)(k / 2) * 2 * PackedMatrix.PanelRows + k % 2]);
        }
    }
}
