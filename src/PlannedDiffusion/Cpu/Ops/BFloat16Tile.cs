using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// Register tiles over bf16 panels [k/2][64][2]. A 32-bit lane holds two k of one column. The even one is shifted up,
/// the odd one is masked. Both multiply broadcast f32 activations.
/// </summary>
internal static unsafe class BFloat16Tile<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>Bytes of one pair of k in a panel.</summary>
    private const int PairBytes = 64 * 2 * sizeof(ushort);

    /// <summary>Up to six rows times TColumns vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TRows, TColumns>(in GemmTile tile)
        where TRows : struct, IConstant
        where TColumns : struct, IConstant
    {
        Accumulators<TSimd, TVector> r0 = default, r1 = default, r2 = default, r3 = default, r4 = default, r5 = default;
        nint stride = tile.AStride;
        float* a = tile.A, a3 = tile.A + 3 * stride;
        // The odd values are loaded again, through a pointer of their own. With one pointer the JIT would keep them and
        // run out of registers (2 to 3 % slower at 512 bits on Zen 4).
        byte* weights = tile.Weights, again = weights;
        for (byte* end = weights + (nint)((tile.K + 1) / 2) * PairBytes; weights < end; weights += PairBytes)
        {
            TVector w0 = Even(weights, 0), w1 = default, w2 = default, w3 = default;
            if (TColumns.Value > 1) w1 = Even(weights, 1);
            if (TColumns.Value > 2) w2 = Even(weights, 2);
            if (TColumns.Value > 3) w3 = Even(weights, 3);
            r0.Accumulate<TColumns>(TSimd.Broadcast(a[0]), w0, w1, w2, w3);
            if (TRows.Value > 1) r1.Accumulate<TColumns>(TSimd.Broadcast(a[stride]), w0, w1, w2, w3);
            if (TRows.Value > 2) r2.Accumulate<TColumns>(TSimd.Broadcast(a[2 * stride]), w0, w1, w2, w3);
            if (TRows.Value > 3) r3.Accumulate<TColumns>(TSimd.Broadcast(a3[0]), w0, w1, w2, w3);
            if (TRows.Value > 4) r4.Accumulate<TColumns>(TSimd.Broadcast(a3[stride]), w0, w1, w2, w3);
            if (TRows.Value > 5) r5.Accumulate<TColumns>(TSimd.Broadcast(a3[2 * stride]), w0, w1, w2, w3);

            w0 = Odd(again, 0);
            if (TColumns.Value > 1) w1 = Odd(again, 1);
            if (TColumns.Value > 2) w2 = Odd(again, 2);
            if (TColumns.Value > 3) w3 = Odd(again, 3);
            r0.Accumulate<TColumns>(TSimd.Broadcast(a[1]), w0, w1, w2, w3);
            if (TRows.Value > 1) r1.Accumulate<TColumns>(TSimd.Broadcast(a[stride + 1]), w0, w1, w2, w3);
            if (TRows.Value > 2) r2.Accumulate<TColumns>(TSimd.Broadcast(a[2 * stride + 1]), w0, w1, w2, w3);
            if (TRows.Value > 3) r3.Accumulate<TColumns>(TSimd.Broadcast(a3[1]), w0, w1, w2, w3);
            if (TRows.Value > 4) r4.Accumulate<TColumns>(TSimd.Broadcast(a3[stride + 1]), w0, w1, w2, w3);
            if (TRows.Value > 5) r5.Accumulate<TColumns>(TSimd.Broadcast(a3[2 * stride + 1]), w0, w1, w2, w3);
            a += 2;
            a3 += 2;
            again += PairBytes;
        }

        float* c = tile.C, addend = tile.Addend;
        nint cStride = tile.CStride, addendStride = addend == null ? 0 : tile.AddendStride;
        r0.Store<TColumns>(c, addend);
        if (TRows.Value > 1) r1.Store<TColumns>(c += cStride, addend += addendStride);
        if (TRows.Value > 2) r2.Store<TColumns>(c += cStride, addend += addendStride);
        if (TRows.Value > 3) r3.Store<TColumns>(c += cStride, addend += addendStride);
        if (TRows.Value > 4) r4.Store<TColumns>(c += cStride, addend += addendStride);
        if (TRows.Value > 5) r5.Store<TColumns>(c += cStride, addend += addendStride);
    }

    /// <summary>Twelve rows times two vectors of 512 bits. Each product decodes half as many weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunTwelveRows(in GemmTile tile)
    {
        Accumulators<TSimd, TVector> r0 = default, r2 = default, r4 = default, r6 = default, r8 = default, rA = default;
        nint stride = tile.AStride;
        float* a = tile.A, a3 = a + 3 * stride, a6 = a3 + 3 * stride, a9 = a6 + 3 * stride;
        byte* weights = tile.Weights, prefetch = tile.Prefetch;
        nint prefetchStep = tile.PrefetchStep;
        for (byte* end = weights + (nint)((tile.K + 1) / 2) * PairBytes; weights < end; weights += PairBytes)
        {
            PanelPrefetch.One(prefetch);
            TVector w0 = Even(weights, 0), w1 = Even(weights, 1);
            r0.AccumulateTwoRows(TSimd.Broadcast(a[0]), TSimd.Broadcast(a[stride]), w0, w1);
            r2.AccumulateTwoRows(TSimd.Broadcast(a[2 * stride]), TSimd.Broadcast(a3[0]), w0, w1);
            r4.AccumulateTwoRows(TSimd.Broadcast(a3[stride]), TSimd.Broadcast(a3[2 * stride]), w0, w1);
            r6.AccumulateTwoRows(TSimd.Broadcast(a6[0]), TSimd.Broadcast(a6[stride]), w0, w1);
            r8.AccumulateTwoRows(TSimd.Broadcast(a6[2 * stride]), TSimd.Broadcast(a9[0]), w0, w1);
            rA.AccumulateTwoRows(TSimd.Broadcast(a9[stride]), TSimd.Broadcast(a9[2 * stride]), w0, w1);

            w0 = Odd(weights, 0);
            w1 = Odd(weights, 1);
            r0.AccumulateTwoRows(TSimd.Broadcast(a[1]), TSimd.Broadcast(a[stride + 1]), w0, w1);
            r2.AccumulateTwoRows(TSimd.Broadcast(a[2 * stride + 1]), TSimd.Broadcast(a3[1]), w0, w1);
            r4.AccumulateTwoRows(TSimd.Broadcast(a3[stride + 1]), TSimd.Broadcast(a3[2 * stride + 1]), w0, w1);
            r6.AccumulateTwoRows(TSimd.Broadcast(a6[1]), TSimd.Broadcast(a6[stride + 1]), w0, w1);
            r8.AccumulateTwoRows(TSimd.Broadcast(a6[2 * stride + 1]), TSimd.Broadcast(a9[1]), w0, w1);
            rA.AccumulateTwoRows(TSimd.Broadcast(a9[stride + 1]), TSimd.Broadcast(a9[2 * stride + 1]), w0, w1);
            prefetch += prefetchStep;
            a += 2;
            a3 += 2;
            a6 += 2;
            a9 += 2;
        }

        float* c = tile.C, addend = tile.Addend;
        nint cStride = tile.CStride, addendStride = addend == null ? 0 : tile.AddendStride;
        r0.StoreTwoRows(c, c + cStride, addend, addend + addendStride);
        r2.StoreTwoRows(c += 2 * cStride, c + cStride, addend += 2 * addendStride, addend + addendStride);
        r4.StoreTwoRows(c += 2 * cStride, c + cStride, addend += 2 * addendStride, addend + addendStride);
        r6.StoreTwoRows(c += 2 * cStride, c + cStride, addend += 2 * addendStride, addend + addendStride);
        r8.StoreTwoRows(c += 2 * cStride, c + cStride, addend += 2 * addendStride, addend + addendStride);
        rA.StoreTwoRows(c += 2 * cStride, c + cStride, addend += 2 * addendStride, addend + addendStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Even(byte* weights, int vector) =>
        TSimd.LoadEvenBFloat16(weights + vector * TSimd.Count * sizeof(uint));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Odd(byte* weights, int vector) =>
        TSimd.LoadOddBFloat16(weights + vector * TSimd.Count * sizeof(uint));
}
