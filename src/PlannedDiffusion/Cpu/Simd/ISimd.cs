namespace PlannedDiffusion.Cpu.Simd;

/// <summary>
/// The few operations of the kernels, so that each kernel has one source for all vector widths. The vector is the
/// framework's own type, not a wrapper, so that the JIT keeps it in registers.
/// </summary>
internal unsafe interface ISimd<TVector>
    where TVector : struct
{
    /// <summary>Floats in a vector; divides 16.</summary>
    static abstract int Count { get; }

    /// <summary>The most rows of a tile of 16 columns (64 at 512 bits) whose accumulators stay in registers.</summary>
    static abstract int TileRows { get; }

    static abstract TVector Broadcast(float value);

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* destination);

    /// <summary>The lower addresses of pairs of bf16, as floats.</summary>
    static abstract TVector LoadEvenBFloat16(byte* pairs);

    /// <summary>The higher addresses of pairs of bf16, as floats.</summary>
    static abstract TVector LoadOddBFloat16(byte* pairs);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    static abstract TVector Divide(TVector left, TVector right);

    static abstract TVector Max(TVector left, TVector right);

    static abstract TVector Min(TVector left, TVector right);

    /// <summary>left * right + addend, rounded once if the hardware has fused multiply-add.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>value * 2^n, where n is in the low bits of the floats <paramref name="shifter"/>.</summary>
    static abstract TVector ScaleByPowerOfTwo(TVector value, TVector shifter);

    /// <summary>The value, but 0 where <paramref name="test"/> is below the bound.</summary>
    static abstract TVector ZeroWhereLess(TVector test, TVector bound, TVector value);

    /// <summary>Bit i is set if lane i of <paramref name="test"/> is at least its bound; of NaN it is not.</summary>
    static abstract uint NotLess(TVector test, TVector bound);
}
