using System.Runtime.CompilerServices;

namespace PlannedDiffusion.Cpu.Simd;

/// <summary>
/// Up to four vectors of one row. Four is the most fields that the JIT keeps in registers; unused ones cost nothing.
/// </summary>
internal unsafe struct Accumulators<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private TVector _v0, _v1, _v2, _v3;

    /// <summary>One row: adds scale times each of the first TColumns vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Accumulate<TColumns>(TVector scale, TVector w0, TVector w1, TVector w2, TVector w3)
        where TColumns : struct, IConstant
    {
        _v0 = TSimd.MultiplyAdd(scale, w0, _v0);
        if (TColumns.Value > 1) _v1 = TSimd.MultiplyAdd(scale, w1, _v1);
        if (TColumns.Value > 2) _v2 = TSimd.MultiplyAdd(scale, w2, _v2);
        if (TColumns.Value > 3) _v3 = TSimd.MultiplyAdd(scale, w3, _v3);
    }

    /// <summary>Two rows of two vectors each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AccumulateTwoRows(TVector scale0, TVector scale1, TVector w0, TVector w1)
    {
        _v0 = TSimd.MultiplyAdd(scale0, w0, _v0);
        _v1 = TSimd.MultiplyAdd(scale0, w1, _v1);
        _v2 = TSimd.MultiplyAdd(scale1, w0, _v2);
        _v3 = TSimd.MultiplyAdd(scale1, w1, _v3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load<TColumns>(float* source)
        where TColumns : struct, IConstant
    {
        _v0 = TSimd.Load(source);
        if (TColumns.Value > 1) _v1 = TSimd.Load(source + TSimd.Count);
        if (TColumns.Value > 2) _v2 = TSimd.Load(source + 2 * TSimd.Count);
        if (TColumns.Value > 3) _v3 = TSimd.Load(source + 3 * TSimd.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store<TColumns>(float* destination, float* addend)
        where TColumns : struct, IConstant
    {
        StoreOne(_v0, destination, addend, 0);
        if (TColumns.Value > 1) StoreOne(_v1, destination, addend, TSimd.Count);
        if (TColumns.Value > 2) StoreOne(_v2, destination, addend, 2 * TSimd.Count);
        if (TColumns.Value > 3) StoreOne(_v3, destination, addend, 3 * TSimd.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void StoreTwoRows(float* row0, float* row1, float* addend0, float* addend1)
    {
        StoreOne(_v0, row0, addend0, 0);
        StoreOne(_v1, row0, addend0, TSimd.Count);
        StoreOne(_v2, row1, addend1, 0);
        StoreOne(_v3, row1, addend1, TSimd.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreOne(TVector value, float* destination, float* addend, int offset)
    {
        if (addend != null) value = TSimd.Add(value, TSimd.Load(addend + offset));
        TSimd.Store(value, destination + offset);
    }
}
