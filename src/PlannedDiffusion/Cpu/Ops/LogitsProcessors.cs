using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>
/// The last token that the filters keep, in the order of falling values and rising ids. Values above
/// <paramref name="Value"/> are kept, and equal ones up to <paramref name="LastId"/>.
/// </summary>
internal readonly record struct Cut(float Value, int LastId)
{
    public static Cut None => new(float.NegativeInfinity, int.MaxValue);

    public bool Keeps(float value, int id) => value > Value || (value == Value && id <= LastId);
}

/// <summary>
/// A prepared row: largest value (mask token included), 1 / temperature, best token, and the mask token's value.
/// </summary>
internal readonly record struct Row(float Maximum, float Scale, int Best, int MaskToken, float MaskValue)
{
    public double Weight(float value) => Math.Exp((value - Maximum) * Scale);

    public double Weight(float value, int id, in Cut cut) => cut.Keeps(value, id) ? Weight(value) : 0;

    public double MaskWeight(in Cut cut) => MaskToken < 0 ? 0 : Weight(MaskValue, MaskToken, cut);
}

/// <summary>Temperature, top p and top k over a whole vocabulary, in a few passes and without sorting it.</summary>
internal static class LogitsProcessors<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    // The most values between the bounds of a cut that are sorted. A smaller window needs more passes over the row.
    private const int WindowSize = 1024;

    /// <summary>
    /// Writes the row to the scratch with finite values, but -inf for the mask token. False if the row is broken; see
    /// <see cref="UnmaskGroup.BrokenToken"/>.
    /// </summary>
    public static bool TryPrepare(
        ReadOnlySpan<float> logits, in SamplingParams sampling, int maskToken, SampleScratch scratch, out Row row)
    {
        if (logits.Length != scratch.Vocabulary)
        {
            throw new ArgumentException($"{logits.Length} logits, scratch for {scratch.Vocabulary}.", nameof(logits));
        }

        Span<float> values = scratch.Values;
        bool sound = SoftmaxPasses<TSimd, TVector>.TryCopy(logits, values);
        bool hasMask = (uint)maskToken < (uint)logits.Length;
        float maskValue = hasMask ? values[maskToken] : float.NegativeInfinity;
        if (hasMask) values[maskToken] = float.NegativeInfinity;
        int best = SoftmaxPasses<TSimd, TVector>.IndexOfMaximum(values);
        float scale = sampling.IsGreedy ? 1 : 1 / sampling.Temperature;
        row = new Row(Math.Max(values[best], maskValue), scale, best, hasMask ? maskToken : -1, maskValue);
        return sound && values[best] > float.MinValue;
    }

    /// <summary>The cut of the row by top p and then top k.</summary>
    public static Cut Filter(in Row row, in SamplingParams sampling, SampleScratch scratch)
    {
        bool topP = sampling.TopP < 1;
        bool topK = sampling.TopK > 0 && sampling.TopK < scratch.Vocabulary;
        if (!topP && !topK) return Cut.None;

        // The filters treat the mask token as any other.
        if (row.MaskToken >= 0) scratch.Values[row.MaskToken] = row.MaskValue;
        Cut cut = Cut.None;
        if (topP)
        {
            double total = SoftmaxPasses<TSimd, TVector>.Mass(scratch.Values, row, Cut.None, scratch.ChunkMass);
            cut = Find(row, Math.Max(0, sampling.TopP) * total, byMass: true, scratch);
        }

        if (topK)
        {
            // Ties with the k-th largest are kept, unless top p has removed them.
            Cut kth = Find(row, sampling.TopK - 1, byMass: false, scratch);
            if (kth.Value > cut.Value) cut = kth with { LastId = int.MaxValue };
        }

        if (row.MaskToken >= 0) scratch.Values[row.MaskToken] = float.NegativeInfinity;
        return cut;
    }

    // The first token, in falling order, at which the cumulative weight (probability mass, or count) exceeds the limit.
    // Each pass weighs all values above a bound and narrows the bounds, until few enough values between them can be
    // sorted.
    private static Cut Find(in Row row, double limit, bool byMass, SampleScratch scratch)
    {
        ReadOnlySpan<float> values = scratch.Values;
        float low = row.Maximum, high = float.PositiveInfinity; // the cut is in [low, high)
        Tail below = SoftmaxPasses<TSimd, TVector>.From(values, low, row), above = default;
        for (float step = 1 / row.Scale; below.Weight(byMass) <= limit && low > float.MinValue; step *= 2)
        {
            float next = Math.Max(row.Maximum - step, float.MinValue);
            if (next == low) continue; // a step so small is lost beside the values
            (high, above, low) = (low, below, next);
            below = SoftmaxPasses<TSimd, TVector>.From(values, low, row);
        }

        while (below.Count - above.Count > WindowSize)
        {
            float middle = high < float.PositiveInfinity ? (low / 2) + (high / 2) : high;
            if (middle <= low || middle >= high) break; // equal values only
            Tail tail = SoftmaxPasses<TSimd, TVector>.From(values, middle, row);
            if (tail.Weight(byMass) > limit) (low, below) = (middle, tail);
            else (high, above) = (middle, tail);
        }

        int gathered = SoftmaxPasses<TSimd, TVector>.Gather(values, low, high, scratch.Window);
        Span<ulong> window = scratch.Window.AsSpan(0, gathered);
        window.Sort();
        double weight = above.Weight(byMass);
        Cut cut = Cut.None;
        foreach (ulong key in window)
        {
            cut = new Cut(values[RankKey.IndexOf(key)], RankKey.IndexOf(key));
            weight += byMass ? row.Weight(cut.Value) : 1;
            if (weight > limit) break;
        }

        return cut;
    }
}
