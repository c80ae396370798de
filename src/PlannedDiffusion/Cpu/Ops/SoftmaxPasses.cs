using System.Numerics;
using System.Runtime.CompilerServices;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>The number of values that reach a bound, and their unnormalised probability.</summary>
internal readonly record struct Tail(int Count, double Mass)
{
    public double Weight(bool byMass) => byMass ? Mass : Count;
}

/// <summary>
/// Single passes over a row of f32, padded with -inf to a multiple of 16. Sums have one order on every width: f32 in
/// sixteen lanes within a chunk, f64 across chunks. A value weighs exp((value - maximum) * scale): the temperature
/// divides differences, which overflow to no weight at most.
/// </summary>
internal static unsafe class SoftmaxPasses<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    /// <summary>
    /// target = source, with -inf as the most negative finite number and -0 as +0. False if a value is NaN or +inf.
    /// </summary>
    /// <param name="source">[values]</param>
    /// <param name="target">[values, padded]</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryCopy(ReadOnlySpan<float> source, Span<float> target)
    {
        int whole = source.Length & ~15;
        source[whole..].CopyTo(target[whole..]);
        float broken;
        fixed (float* from = source, to = target)
        {
            broken = Order(from, to, 0, whole);
            broken += Order(to, to, whole, source.Length);
        }

        target[source.Length..].Fill(float.NegativeInfinity);
        return !float.IsNaN(broken);
    }

    /// <summary>The lowest index of the largest value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int IndexOfMaximum(ReadOnlySpan<float> row)
    {
        float maximum = float.NegativeInfinity;
        int start = 0;
        fixed (float* values = row)
        {
            TVector larger = TSimd.Broadcast(float.BitIncrement(maximum));
            for (int chunk = 0; chunk < row.Length; chunk += SampleScratch.ChunkSize)
            {
                TVector largest = Largest(values, chunk, Math.Min(chunk + SampleScratch.ChunkSize, row.Length));
                if (TSimd.NotLess(largest, larger) == 0) continue;
                (maximum, start) = (LargestLane(largest), chunk);
                larger = TSimd.Broadcast(float.BitIncrement(maximum));
            }
        }

        return start + Math.Max(0, row[start..].IndexOf(maximum));
    }

    /// <summary>The weight of the kept values, and the same for each chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Mass(ReadOnlySpan<float> values, in Row row, in Cut cut, Span<double> chunks)
    {
        float* bounds = stackalloc float[32];
        var kept = new KeptWeight(row, new Kept(cut, bounds));
        double total = 0;
        fixed (float* first = values)
        {
            for (int chunk = 0; chunk < chunks.Length; chunk++)
                total += chunks[chunk] = Sum(first, chunk, values.Length, ref kept);
        }

        return total;
    }

    /// <summary>The same, and while a chunk is in the cache, the weight of all values without temperature.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (double Kept, double Own) Masses(
        ReadOnlySpan<float> values, in Row row, in Cut cut, Span<double> chunks)
    {
        float* bounds = stackalloc float[32];
        var kept = new KeptWeight(row, new Kept(cut, bounds));
        var every = new OwnWeight(row);
        double total = 0, own = 0;
        fixed (float* first = values)
        {
            for (int chunk = 0; chunk < chunks.Length; chunk++)
            {
                total += chunks[chunk] = Sum(first, chunk, values.Length, ref kept);
                own += Sum(first, chunk, values.Length, ref every);
            }
        }

        return (total, own);
    }

    /// <summary>
    /// Σ p·ln(p + floor) of the kept values, p = weight / total. It is split into p·ln p, whose logarithm is a
    /// difference, and p·ln(1 + floor / p) ≈ 2·p·floor / (2·p + floor), with an error of at most 3 % of the floor.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double NegativeEntropy(
        ReadOnlySpan<float> values, in Row row, in Cut cut, double total, float floor)
    {
        float* bounds = stackalloc float[32];
        var term = new EntropyTerm(row, new Kept(cut, bounds), total, floor);
        double entropy = 0;
        fixed (float* first = values)
        {
            for (int chunk = 0; chunk * SampleScratch.ChunkSize < values.Length; chunk++)
                entropy += Sum(first, chunk, values.Length, ref term);
        }

        return entropy;
    }

    /// <summary>Count and mass of the values that are at least <paramref name="bound"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Tail From(ReadOnlySpan<float> values, float bound, in Row row)
    {
        var tail = new TailWeight(row, bound);
        double mass = 0;
        fixed (float* first = values)
        {
            for (int chunk = 0; chunk * SampleScratch.ChunkSize < values.Length; chunk++)
                mass += Sum(first, chunk, values.Length, ref tail);
        }

        return new Tail(tail.Count, mass);
    }

    /// <summary>Rank keys of the values in [low, high); returns how many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Gather(ReadOnlySpan<float> row, float low, float high, Span<ulong> keys)
    {
        TVector least = TSimd.Broadcast(low), end = TSimd.Broadcast(high);
        int count = 0;
        fixed (float* values = row)
        {
            for (int i = 0; i < row.Length; i += TSimd.Count)
            {
                TVector value = TSimd.Load(values + i);
                uint inside = TSimd.NotLess(value, least);
                if (inside == 0) continue;
                for (inside &= ~TSimd.NotLess(value, end); inside != 0; inside &= inside - 1)
                {
                    int id = i + BitOperations.TrailingZeroCount(inside);
                    keys[count++] = RankKey.Of(values[id], id);
                }
            }
        }

        return count;
    }

    /// <summary>Copies whole vectors; the result is NaN if a value is NaN or +inf, else zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Order(float* source, float* target, int start, int end)
    {
        TVector broken = default, lowest = TSimd.Broadcast(float.MinValue);
        for (int i = start; i < end; i += TSimd.Count)
        {
            // The native maximum of a number and NaN is NaN, or its second operand.
            TVector value = TSimd.Add(TSimd.Max(lowest, TSimd.Load(source + i)), default);
            broken = TSimd.MultiplyAdd(value, default, broken);
            TSimd.Store(value, target + i);
        }

        return SixteenLanes<TSimd, TVector>.Sum(broken, default, default, default);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Largest(float* values, int start, int end)
    {
        TVector m0 = TSimd.Load(values + start), m1 = m0, m2 = m0, m3 = m0;
        for (int i = start; i < end; i += 16)
        {
            m0 = TSimd.Max(m0, TSimd.Load(values + i));
            if (TSimd.Count < 16) m1 = TSimd.Max(m1, TSimd.Load(values + i + TSimd.Count));
            if (TSimd.Count < 8) m2 = TSimd.Max(m2, TSimd.Load(values + i + 2 * TSimd.Count));
            if (TSimd.Count < 8) m3 = TSimd.Max(m3, TSimd.Load(values + i + 3 * TSimd.Count));
        }

        return TSimd.Max(TSimd.Max(m0, m1), TSimd.Max(m2, m3));
    }

    private static float LargestLane(TVector values)
    {
        float* lanes = stackalloc float[TSimd.Count];
        TSimd.Store(values, lanes);
        float largest = lanes[0];
        for (int lane = 1; lane < TSimd.Count; lane++) largest = Math.Max(largest, lanes[lane]);
        return largest;
    }

    /// <summary>The sum of a chunk's terms.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Sum<TTerm>(float* values, int chunk, int length, ref TTerm term)
        where TTerm : struct, ITerm
    {
        int start = chunk * SampleScratch.ChunkSize, end = Math.Min(start + SampleScratch.ChunkSize, length);
        TVector s0 = default, s1 = default, s2 = default, s3 = default;
        for (int i = start; i < end; i += 16)
        {
            s0 = TSimd.Add(s0, term.Of(values, i));
            if (TSimd.Count < 16) s1 = TSimd.Add(s1, term.Of(values, i + TSimd.Count));
            if (TSimd.Count < 8) s2 = TSimd.Add(s2, term.Of(values, i + 2 * TSimd.Count));
            if (TSimd.Count < 8) s3 = TSimd.Add(s3, term.Of(values, i + 3 * TSimd.Count));
        }

        return SixteenLanes<TSimd, TVector>.WideSum(s0, s1, s2, s3);
    }

    /// <summary>The term of each value of a row in a sum.</summary>
    private interface ITerm
    {
        /// <summary>The terms of the values from <paramref name="id"/> on.</summary>
        TVector Of(float* values, int id);
    }

    /// <summary>A cut as bounds: up to its last id the cut's value is kept, after it only larger values.</summary>
    private readonly struct Kept
    {
        private readonly float* _bounds; // 16 times the cut's value, 16 times the next larger one
        private readonly int _end;

        public Kept(in Cut cut, float* bounds)
        {
            _bounds = bounds;
            _end = cut.LastId == int.MaxValue ? int.MaxValue : cut.LastId + 1;
            new Span<float>(bounds, 16).Fill(cut.Value);
            new Span<float>(bounds + 16, 16).Fill(float.BitIncrement(cut.Value));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Bound(int id) => TSimd.Load(_bounds + (16 - Math.Max(0, Math.Min(16, _end - id))));
    }

    private readonly struct KeptWeight(Row row, Kept kept) : ITerm
    {
        private readonly TVector _origin = TSimd.Broadcast(row.Maximum), _scale = TSimd.Broadcast(row.Scale);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(float* values, int id)
        {
            TVector value = TSimd.Load(values + id), bound = kept.Bound(id);
            if (TSimd.NotLess(value, bound) == 0) return default;
            TVector exponent = TSimd.Multiply(TSimd.Subtract(value, _origin), _scale);
            return TSimd.ZeroWhereLess(value, bound, VectorExp<TSimd, TVector>.Exp(exponent));
        }
    }

    private readonly struct OwnWeight(Row row) : ITerm
    {
        private readonly TVector _origin = TSimd.Broadcast(row.Maximum);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(float* values, int id) =>
            VectorExp<TSimd, TVector>.Exp(TSimd.Subtract(TSimd.Load(values + id), _origin));
    }

    private struct TailWeight(Row row, float bound) : ITerm
    {
        private readonly TVector _origin = TSimd.Broadcast(row.Maximum), _scale = TSimd.Broadcast(row.Scale);
        private readonly TVector _bound = TSimd.Broadcast(bound);

        public int Count { get; private set; }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(float* values, int id)
        {
            TVector value = TSimd.Load(values + id);
            uint reached = TSimd.NotLess(value, _bound);
            if (reached == 0) return default;
            Count += BitOperations.PopCount(reached);
            TVector exponent = TSimd.Multiply(TSimd.Subtract(value, _origin), _scale);
            return TSimd.ZeroWhereLess(value, _bound, VectorExp<TSimd, TVector>.Exp(exponent));
        }
    }

    private readonly struct EntropyTerm(Row row, Kept kept, double total, float floor) : ITerm
    {
        private readonly TVector _origin = TSimd.Broadcast(row.Maximum), _scale = TSimd.Broadcast(row.Scale);
        private readonly TVector _share = TSimd.Broadcast((float)(1 / total)), _floor = TSimd.Broadcast(floor);
        private readonly TVector _logTotal = TSimd.Broadcast((float)Math.Log(total));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Of(float* values, int id)
        {
            TVector value = TSimd.Load(values + id), bound = kept.Bound(id);
            if (TSimd.NotLess(value, bound) == 0) return default;
            TVector exponent = TSimd.Multiply(TSimd.Subtract(value, _origin), _scale);
            exponent = TSimd.Max(exponent, TSimd.Broadcast(-1000)); // 0·∞ is NaN
            TVector p = TSimd.Multiply(VectorExp<TSimd, TVector>.Exp(exponent), _share);
            p = TSimd.ZeroWhereLess(value, bound, p);
            TVector twice = TSimd.Add(p, p);
            TVector beside = TSimd.Divide(TSimd.Multiply(twice, _floor), TSimd.Add(twice, _floor));
            return TSimd.Add(TSimd.Multiply(p, TSimd.Subtract(exponent, _logTotal)), beside);
        }
    }
}
