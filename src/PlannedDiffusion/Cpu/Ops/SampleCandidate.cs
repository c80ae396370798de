using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Cpu.Ops;

/// <summary>A token for a position, and the confidence of the model in it.</summary>
internal readonly record struct Candidate(int Token, float Confidence);

/// <summary>
/// Turns one row of logits into a candidate: temperature, top p, top k, softmax, then the most likely token or a draw.
/// -inf counts as the most negative finite number. A broken row gives <see cref="UnmaskGroup.BrokenToken"/>. The mask
/// token is never the candidate, but it keeps its share of the probability, so that confidences are those of the full
/// distribution.
/// </summary>
internal static class SampleCandidate<TSimd, TVector>
    where TSimd : struct, ISimd<TVector>
    where TVector : struct
{
    private const double EntropyFloor = 1e-10;

    /// <inheritdoc cref="CpuKernels.SampleCandidate"/>
    public static Candidate Run(
        ReadOnlySpan<float> logits,
        in SamplingParams sampling,
        ConfidenceKind confidence,
        int maskToken,
        float uniform,
        SampleScratch scratch)
    {
        if (!LogitsProcessors<TSimd, TVector>.TryPrepare(logits, sampling, maskToken, scratch, out Row row))
            return new Candidate(UnmaskGroup.BrokenToken, 0);
        Cut cut = LogitsProcessors<TSimd, TVector>.Filter(row, sampling, scratch);
        Row own = row with { Scale = 1 };
        bool apart = confidence == ConfidenceKind.Certainty && (own != row || cut != Cut.None);
        double unmasked, ownMass;
        Span<float> values = scratch.Values;
        if (apart) (unmasked, ownMass) = SoftmaxPasses<TSimd, TVector>.Masses(values, row, cut, scratch.ChunkMass);
        else unmasked = ownMass = SoftmaxPasses<TSimd, TVector>.Mass(values, row, cut, scratch.ChunkMass);
        double total = unmasked + row.MaskWeight(cut);

        int token = sampling.IsGreedy ? row.Best : Draw(row, cut, uniform * unmasked, scratch);
        float value = values[token];
        return new Candidate(token, (float)(confidence switch
        {
            ConfidenceKind.Probability => row.Weight(value, token, cut) / total,
            ConfidenceKind.Margin => Margin(row, cut, scratch) / total,
            ConfidenceKind.Certainty => own.Weight(value) / (ownMass + own.MaskWeight(Cut.None)),
            _ => NegativeEntropy(row, cut, total, scratch),
        }));
    }

    // Inverts the cumulative distribution in order of ids: first finds the chunk, then the token in it.
    private static int Draw(in Row row, in Cut cut, double target, SampleScratch scratch)
    {
        ReadOnlySpan<double> chunks = scratch.ChunkMass;
        int last = row.Best; // of those with weight: rounding may leave the target beyond all of them
        for (int chunk = 0; chunk < chunks.Length; chunk++)
        {
            if (chunks[chunk] <= target)
            {
                target -= chunks[chunk];
                continue;
            }

            int end = Math.Min((chunk + 1) * SampleScratch.ChunkSize, scratch.Vocabulary);
            for (int id = chunk * SampleScratch.ChunkSize; id < end; id++)
            {
                double weight = row.Weight(scratch.Values[id], id, cut);
                if (weight <= 0) continue;
                last = id;
                if (weight > target) return id;
                target -= weight;
            }

            return last;
        }

        return LastWithWeight(row, cut, scratch);
    }

    private static int LastWithWeight(in Row row, in Cut cut, SampleScratch scratch)
    {
        for (int id = scratch.Vocabulary - 1; id >= 0; id--)
        {
            if (row.Weight(scratch.Values[id], id, cut) > 0) return id;
        }

        return row.Best; // the filters left only the mask token
    }

    private static double Margin(in Row row, in Cut cut, SampleScratch scratch)
    {
        Span<float> values = scratch.Values;
        float best = values[row.Best];
        values[row.Best] = float.NegativeInfinity;
        int next = SoftmaxPasses<TSimd, TVector>.IndexOfMaximum(values);
        values[row.Best] = best;

        double first = row.Weight(best, row.Best, cut);
        double second = row.Weight(values[next], next, cut);
        double mask = row.MaskWeight(cut);
        return mask > first ? mask - first : first - Math.Max(second, mask);
    }

    private static double NegativeEntropy(in Row row, in Cut cut, double total, SampleScratch scratch)
    {
        double mask = row.MaskWeight(cut) / total;
        return SoftmaxPasses<TSimd, TVector>.NegativeEntropy(scratch.Values, row, cut, total, (float)EntropyFloor)
            + (mask * Math.Log(mask + EntropyFloor));
    }
}
