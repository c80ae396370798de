using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// Register tiles over f32 columns with any stride: f32 weight panels [k][64], key panels [head][16] (a query times
/// keys), and rows of values (probabilities times values).
/// </summary>
internal static unsafe class SingleTile<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Up to six rows times TColumns vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TRows, TColumns>(in GemmTile tile)
        where TRows : struct, IConstant
        where TColumns : struct, IConstant
    {
        Accumulators<TSimd, TVector> r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default;
        nint stride = tile.AStride, kStride = tile.KStride;
        nint vector = TSimd.Count == 16 ? tile.GroupStride : TSimd.Count;
        float* c = tile.C;
        nint cStride = tile.CStride;
        if (tile.Continue)
        {
            r0.Load<TColumns>(c);
            if (TRows.Value > 1) r1.Load<TColumns>(c + cStride);
            if (TRows.Value > 2) r2.Load<TColumns>(c + 2 * cStride);
            if (TRows.Value > 3) r3.Load<TColumns>(c + 3 * cStride);
            if (TRows.Value > 4) r4.Load<TColumns>(c + 4 * cStride);
            if (TRows.Value > 5) r5.Load<TColumns>(c + 5 * cStride);
        }

        float* a = tile.A, a3 = tile.A + 3 * stride;
        float* weights = (float*)tile.Weights;
        for (float* end = a + tile.K; a < end; a++, a3++, weights += kStride)
        {
            TVector w0 = TSimd.Load(weights), w1 = default, w2 = default, w3 = default;
            if (TColumns.Value > 1) w1 = TSimd.Load(weights + vector);
            if (TColumns.Value > 2) w2 = TSimd.Load(weights + 2 * vector);
            if (TColumns.Value > 3) w3 = TSimd.Load(weights + 3 * vector);
            r0.Accumulate<TColumns>(TSimd.Broadcast(a[0]), w0, w1, w2, w3);
            if (TRows.Value > 1) r1.Accumulate<TColumns>(TSimd.Broadcast(a[stride]), w0, w1, w2, w3);
            if (TRows.Value > 2) r2.Accumulate<TColumns>(TSimd.Broadcast(a[2 * stride]), w0, w1, w2, w3);
            if (TRows.Value > 3) r3.Accumulate<TColumns>(TSimd.Broadcast(a3[0]), w0, w1, w2, w3);
            if (TRows.Value > 4) r4.Accumulate<TColumns>(TSimd.Broadcast(a3[stride]), w0, w1, w2, w3);
            if (TRows.Value > 5) r5.Accumulate<TColumns>(TSimd.Broadcast(a3[2 * stride]), w0, w1, w2, w3);
        }

        float* addend = tile.Addend;
        nint addendStride = addend == null ? 0 : tile.AddendStride;
        r0.Store<TColumns>(c, addend);
        if (TRows.Value > 1) r1.Store<TColumns>(c += cStride, addend += addendStride);
        if (TRows.Value > 2) r2.Store<TColumns>(c += cStride, addend += addendStride);
        if (TRows.Value > 3) r3.Store<TColumns>(c += cStride, addend += addendStride);
        if (TRows.Value > 4) r4.Store<TColumns>(c += cStride, addend += addendStride);
        if (TRows.Value > 5) r5.Store<TColumns>(c += cStride, addend += addendStride);
    }
}
