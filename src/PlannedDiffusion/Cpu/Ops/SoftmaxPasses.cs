using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>How many values reach a bound, and their unnormalised probability.</summary>
internal readonly record struct Tail(int Count, double Mass)
{
    public double Weight(bool byMass) => byMass ? Mass : Count;
}

/// <summary>
/// Single passes over a padded row of f32. Always 16 lanes, which narrower machines compute in halves and quarters, so
/// sums have one order everywhere: f32 within a chunk, f64 across chunks. A value weighs
/// exp((value - maximum) * scale): the temperature divides differences, which overflow to no weight at most.
/// </summary>
internal static class SoftmaxPasses
{
    private const int Lanes = 16;

    /// <summary>
    /// target = source, with -inf as the most negative finite number and -0 as +0. False if a value is NaN or +inf.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryCopy(ReadOnlySpan<float> source, Span<float> target)
    {
        Vector512<float> largest = Vector512.Create(float.MaxValue);
        Vector512<int> sound = Vector512<int>.AllBitsSet;
        int whole = source.Length / Lanes * Lanes;
        for (int i = 0; i < whole; i += Lanes)
        {
            Vector512<float> value = Load(source, i);
            sound &= Vector512.LessThanOrEqual(value, largest).AsInt32();
            Ordered(value).StoreUnsafe(ref MemoryMarshal.GetReference(target), (nuint)i);
        }

        if (whole < source.Length)
        {
            Span<float> tail = stackalloc float[Lanes];
            source[whole..].CopyTo(tail);
            sound &= Vector512.LessThanOrEqual(Load(tail, 0), largest).AsInt32();
            Ordered(Load(tail, 0)).StoreUnsafe(ref MemoryMarshal.GetReference(tail));
            tail[..(source.Length - whole)].CopyTo(target[whole..]);
        }

        return Vector512.EqualsAll(sound, Vector512<int>.AllBitsSet);
    }

    /// <summary>The lowest index of the largest value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int IndexOfMaximum(ReadOnlySpan<float> values)
    {
        float maximum = float.NegativeInfinity;
        int start = 0;
        for (int chunk = 0; chunk < values.Length; chunk += SampleScratch.ChunkSize)
        {
            int end = Math.Min(chunk + SampleScratch.ChunkSize, values.Length);
            Vector512<float> largest = Load(values, chunk);
            for (int i = chunk + Lanes; i < end; i += Lanes)
            {
                largest = Vector512.MaxNative(largest, Load(values, i));
            }

            float candidate = Largest(largest);
            if (candidate > maximum) (maximum, start) = (candidate, chunk);
        }

        return start + Math.Max(0, values[start..].IndexOf(maximum));
    }

    /// <summary>The weight of the kept values, and the same for each chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Mass(ReadOnlySpan<float> values, in Row row, in Cut cut, Span<double> chunks)
    {
        Vector512<float> origin = Vector512.Create(row.Maximum), scale = Vector512.Create(row.Scale);
        Kept kept = new(cut);
        double total = 0;
        for (int chunk = 0; chunk < values.Length; chunk += SampleScratch.ChunkSize)
        {
            int end = Math.Min(chunk + SampleScratch.ChunkSize, values.Length);
            Vector512<float> sum = Vector512<float>.Zero;
            for (int i = chunk; i < end; i += Lanes)
            {
                Vector512<float> value = Load(values, i);
                Vector512<float> stays = kept.Of(value, i);
                if (stays == Vector512<float>.Zero) continue;
                sum += stays & NegativeExp((value - origin) * scale);
            }

            total += chunks[chunk / SampleScratch.ChunkSize] = Total(sum);
        }

        return total;
    }

    /// <summary>
    /// The same and, from the same loads, the weight of all values as the model has them: without temperature.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (double Kept, double Own) Masses(
        ReadOnlySpan<float> values, in Row row, in Cut cut, Span<double> chunks)
    {
        Vector512<float> origin = Vector512.Create(row.Maximum), scale = Vector512.Create(row.Scale);
        Kept kept = new(cut);
        double total = 0, own = 0;
        for (int chunk = 0; chunk < values.Length; chunk += SampleScratch.ChunkSize)
        {
            int end = Math.Min(chunk + SampleScratch.ChunkSize, values.Length);
            Vector512<float> sum = Vector512<float>.Zero, ownSum = Vector512<float>.Zero;
            for (int i = chunk; i < end; i += Lanes)
            {
                Vector512<float> value = Load(values, i), below = value - origin;
                ownSum += NegativeExp(below);
                Vector512<float> stays = kept.Of(value, i);
                if (stays == Vector512<float>.Zero) continue;
                sum += stays & NegativeExp(below * scale);
            }

            total += chunks[chunk / SampleScratch.ChunkSize] = Total(sum);
            own += Total(ownSum);
        }

        return (total, own);
    }

    /// <summary>
    /// Σ p·ln(p + floor) of the kept values, p = weight / total. Taken apart into p·ln p, whose logarithm
    /// is a difference, and p·ln(1 + floor / p) ≈ 2·p·floor / (2·p + floor), which is off by 3 % of the floor at most.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double NegativeEntropy(
        ReadOnlySpan<float> values, in Row row, in Cut cut, double total, float floor)
    {
        Vector512<float> origin = Vector512.Create(row.Maximum), scale = Vector512.Create(row.Scale);
        Vector512<float> share = Vector512.Create((float)(1 / total));
        Vector512<float> logTotal = Vector512.Create((float)Math.Log(total)), offset = Vector512.Create(floor);
        Kept kept = new(cut);
        double entropy = 0;
        for (int chunk = 0; chunk < values.Length; chunk += SampleScratch.ChunkSize)
        {
            int end = Math.Min(chunk + SampleScratch.ChunkSize, values.Length);
            Vector512<float> sum = Vector512<float>.Zero;
            for (int i = chunk; i < end; i += Lanes)
            {
                Vector512<float> value = Load(values, i);
                Vector512<float> exponent = (value - origin) * scale;
                exponent = Vector512.MaxNative(exponent, Vector512.Create(-1000f)); // 0·∞ is NaN
                Vector512<float> p = kept.Of(value, i) & (NegativeExp(exponent) * share);
                Vector512<float> twice = p + p;
                sum += (p * (exponent - logTotal)) + (twice * offset / (twice + offset));
            }

            entropy += Total(sum);
        }

        return entropy;
    }

    /// <summary>Count and mass of the values that are at least <paramref name="bound"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Tail From(ReadOnlySpan<float> values, float bound, in Row row)
    {
        Vector512<float> origin = Vector512.Create(row.Maximum), scale = Vector512.Create(row.Scale);
        Vector512<float> least = Vector512.Create(bound);
        Vector512<int> count = Vector512<int>.Zero;
        double mass = 0;
        for (int chunk = 0; chunk < values.Length; chunk += SampleScratch.ChunkSize)
        {
            int end = Math.Min(chunk + SampleScratch.ChunkSize, values.Length);
            Vector512<float> sum = Vector512<float>.Zero;
            for (int i = chunk; i < end; i += Lanes)
            {
                Vector512<float> value = Load(values, i);
                Vector512<float> kept = Vector512.GreaterThanOrEqual(value, least);
                if (kept == Vector512<float>.Zero) continue;
                count -= kept.AsInt32();
                sum += kept & NegativeExp((value - origin) * scale);
            }

            mass += Total(sum);
        }

        return new Tail(Vector512.Sum(count), mass);
    }

    /// <summary>Rank keys of the values in [low, high); returns how many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Gather(ReadOnlySpan<float> values, float low, float high, Span<ulong> keys)
    {
        Vector512<float> least = Vector512.Create(low), end = Vector512.Create(high);
        int count = 0;
        for (int i = 0; i < values.Length; i += Lanes)
        {
            Vector512<float> value = Load(values, i);
            Vector512<float> inside = Vector512.GreaterThanOrEqual(value, least) & Vector512.LessThan(value, end);
            for (ulong bits = inside.ExtractMostSignificantBits(); bits != 0; bits &= bits - 1)
            {
                int id = i + System.Numerics.BitOperations.TrailingZeroCount(bits);
                keys[count++] = RankKey.Of(values[id], id);
            }
        }

        return count;
    }

    /// <summary>
    /// exp for x ≤ 0, within 1 ulp or so, and 0 below the normal numbers: 2^n·e^r with |r| ≤ ln 2 / 2, ln 2 in two
    /// parts, and e^r as its Taylor polynomial of degree 7 (error below 1e-8 there).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> NegativeExp(Vector512<float> x)
    {
        Vector512<float> lowest = Vector512.Create(-87.33654f);
        Vector512<float> normal = Vector512.GreaterThanOrEqual(x, lowest);
        x = Vector512.MaxNative(x, lowest);
        Vector512<float> n = Vector512.Round(x * Vector512.Create(1.44269504f));
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);

        Vector512<float> y = Vector512.Create(1f / 5040);
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(1f / 720));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(1f / 120));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(1f / 24));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(1f / 6));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512.Create(0.5f));
        y = Vector512.FusedMultiplyAdd(y, r, Vector512<float>.One);
        y = Vector512.FusedMultiplyAdd(y, r, Vector512<float>.One);
        Vector512<int> exponent = Vector512.ShiftLeft(
            Vector512.ConvertToInt32Native(n) + Vector512.Create(127), 23);
        return normal & (y * exponent.AsSingle());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Ordered(Vector512<float> value) =>
        Vector512.MaxNative(value, Vector512.Create(float.MinValue)) + Vector512<float>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(ReadOnlySpan<float> values, int index) =>
        Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)index);

    private static double Total(Vector512<float> sum)
    {
        (Vector512<double> low, Vector512<double> high) = Vector512.Widen(sum);
        return Vector512.Sum(low + high);
    }

    private static float Largest(Vector512<float> values)
    {
        float largest = values[0];
        for (int lane = 1; lane < Lanes; lane++) largest = Math.Max(largest, values[lane]);
        return largest;
    }

    // A cut as vectors: all bits set in the lanes whose values stay.
    private readonly struct Kept(in Cut cut)
    {
        private readonly Vector512<float> _value = Vector512.Create(cut.Value);
        private readonly Vector512<int> _lastId = Vector512.Create(cut.LastId);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<float> Of(Vector512<float> value, int start)
        {
            Vector512<int> ids = Vector512.Create(start) + Vector512<int>.Indices;
            Vector512<float> tie = Vector512.LessThanOrEqual(ids, _lastId).AsSingle();
            return Vector512.GreaterThan(value, _value) | (Vector512.Equals(value, _value) & tie);
        }
    }
}
