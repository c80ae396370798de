using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.TestKit;

/// <summary>A candidate token of a position, with its confidence.</summary>
public readonly record struct ReferenceCandidate(int Position, int Token, double Confidence);

/// <summary>Filters, draws and ranking in double precision, with full sorts.</summary>
public static class ReferenceSampler
{
    /// <summary>Softmax; removed logits are negative infinity.</summary>
    public static double[] Softmax(double[] logits)
    {
        double max = logits.Max();
        double[] exp = [.. logits.Select(x => Math.Exp(x - max))];
        double sum = exp.Sum();
        return [.. exp.Select(x => x / sum)];
    }

    /// <summary>Probabilities after temperature, top-p and top-k.</summary>
    public static double[] Distribution(double[] logits, in SamplingParams sampling)
    {
        double[] x = [.. logits];
        if (!sampling.IsGreedy)
        {
            for (int i = 0; i < x.Length; i++) x[i] /= sampling.Temperature;
        }

        if (sampling.TopP < 1)
        {
            double[] p = Softmax(x);
            double before = 0;
            foreach (int token in Enumerable.Range(0, x.Length).OrderByDescending(i => p[i]).ThenBy(i => i))
            {
                if (before > sampling.TopP) x[token] = double.NegativeInfinity;
                before += p[token];
            }
        }

        if (sampling.TopK > 0 && sampling.TopK < x.Length)
        {
            double least = x.OrderDescending().ElementAt(sampling.TopK - 1);
            for (int i = 0; i < x.Length; i++)
            {
                if (x[i] < least) x[i] = double.NegativeInfinity;
            }
        }

        return Softmax(x);
    }

    /// <summary>True if no token can be taken from a row of logits.</summary>
    public static bool IsBroken(double[] logits, int? mask) =>
        logits.Any(x => double.IsNaN(x) || x > float.MaxValue)
        || !logits.Where((_, token) => token != mask).Any(x => x > float.MinValue);

    /// <summary>The candidate of a position; the mask token is never one.</summary>
    public static ReferenceCandidate Candidate(double[] logits, int position, in UnmaskGroup group, int? mask)
    {
        if (IsBroken(logits, mask)) return new ReferenceCandidate(position, UnmaskGroup.BrokenToken, 0);
        double[] p = Distribution(logits, group.Sampling);
        int token = group.Sampling.IsGreedy
            ? Enumerable.Range(0, p.Length).Where(i => i != mask).MaxBy(i => logits[i])
            : Draw(p, Philox.Uniform(group.Sampling.Seed, position, group.RandomStep), mask);
        double confidence = group.Confidence switch
        {
            ConfidenceKind.Probability => p[token],
            ConfidenceKind.Certainty => Softmax(logits)[token],
            ConfidenceKind.Margin => p.Max() - p.OrderDescending().ElementAt(1),
            _ => p.Sum(q => q * Math.Log(q + 1e-10)),
        };
        return new ReferenceCandidate(position, token, confidence);
    }

    /// <summary>
    /// The candidates of a group that are revealed. <paramref name="carry"/> is the group's counter of rejected
    /// candidates, kept from step to step.
    /// </summary>
    public static IEnumerable<ReferenceCandidate> Select(
        IEnumerable<ReferenceCandidate> candidates, UnmaskGroup group, ref int carry)
    {
        if (group.Rule == UnmaskRule.All) return candidates;
        List<ReferenceCandidate> ranked =
            [.. candidates.OrderByDescending(c => c.Confidence).ThenBy(c => c.Position)];
        if (group.Rule == UnmaskRule.Scheduled) return ranked.Take(group.Count);
        if (group.Rule == UnmaskRule.Certain)
        {
            (int least, float threshold) = (group.Count, group.Threshold);
            return ranked.Where((c, rank) => rank < least || c.Confidence >= threshold);
        }

        if (group.Rule == UnmaskRule.Factor)
        {
            (int least, float factor) = (group.Count, group.Threshold);
            int sure = Enumerable.Range(1, ranked.Count)
                .LastOrDefault(n => (n + 1) * (1 - ranked[n - 1].Confidence) < factor);
            return ranked.Take(Math.Max(least, sure));
        }

        if (group.ResetCarry) carry = 0;
        if (ranked.Count == 0) return ranked;
        int quota = group.StepsLeft > 0 ? ranked.Count / group.StepsLeft : 0;
        int considered = Math.Min(Math.Max(1, quota) + carry, ranked.Count);
        List<ReferenceCandidate> revealed =
            [.. ranked.Take(considered).Where((c, rank) => rank == 0 || c.Confidence >= group.Threshold)];
        carry = considered - revealed.Count;
        return revealed;
    }

    private static int Draw(double[] p, double uniform, int? mask)
    {
        double total = mask is { } id ? 1 - p[id] : 1, cumulative = 0;
        int last = -1;
        for (int token = 0; token < p.Length; token++)
        {
            if (token == mask || p[token] == 0) continue;
            cumulative += p[token];
            last = token;
            if (cumulative > uniform * total) return token;
        }

        return last;
    }
}
