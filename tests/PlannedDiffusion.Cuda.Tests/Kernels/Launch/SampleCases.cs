using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

/// <summary>A candidate of a test: which row of logits, and how it is drawn and measured.</summary>
internal readonly record struct SampleCase(
    int Row, SamplingParams Sampling, ConfidenceKind Confidence, int Position = 0, int Step = 1)
{
    public UnmaskGroup Group => new()
    {
        Sequence = 0,
        Positions = default,
        Sampling = Sampling,
        Rule = UnmaskRule.All,
        Confidence = Confidence,
        RandomStep = Step,
    };

    public StepGroup DeviceGroup(int index) => new()
    {
        First = index,
        Count = 1,
        Rule = 0,
        Confidence = (int)Confidence,
        RandomStep = Step,
        Temperature = Sampling.Temperature,
        TopP = Sampling.TopP,
        TopK = Sampling.TopK,
        SeedLow = (uint)Sampling.Seed,
        SeedHigh = (uint)(Sampling.Seed >> 32),
    };
}

/// <summary>The double-precision reference, and how close a decision was.</summary>
internal static class SampleCases
{
    /// <summary>Decisions closer than this, in probability, may fall either way.</summary>
    public const double Noise = 3e-6;

    public const double ConfidenceBound = 1e-5;

    private static readonly ConfidenceKind[] Kinds = Enum.GetValues<ConfidenceKind>();

    /// <summary>Every combination of switches that takes another path.</summary>
    public static SamplingParams[] Settings { get; } =
    [
        SamplingParams.Greedy, new(0, 0.9f, 0, 1), new(0, 1, 5, 2), new(0, 0.95f, 10, 3), new(0.7f, 1, 0, 4),
        new(0.2f, 0.95f, 0, 5), new(0.2f, 0.95f, 50, 6), new(1.3f, 0.8f, 12, 7), new(1, 0, 0, 8), new(1, 1, 1, 9),
        new(1, 0.999f, 0, 10), new(2, 1, 300, 11), new(0, 0.4f, 0, 12),
    ];

    /// <summary>All settings with all confidences, on one row.</summary>
    public static SampleCase[] All(int row, int position) =>
    [
        .. from sampling in Settings from kind in Kinds select new SampleCase(row, sampling, kind, position),
    ];

    /// <summary>Compares; false if the decision was too close to be compared.</summary>
    public static bool Check(float[] logits, SampleCase @case, int mask, (int Token, float Confidence) actual)
    {
        double[] exact = [.. logits.Select(x => (double)x)];
        if (Margin(exact, @case, mask) < Noise) return false;
        ReferenceCandidate expected =
            ReferenceSampler.Candidate(exact, @case.Position, @case.Group, mask < 0 ? null : mask);
        string what = $"{@case} of {logits.Length}";
        Assert.True(expected.Token == actual.Token, $"{what}: {actual.Token}, not {expected.Token}.");
        double error = Math.Abs(expected.Confidence - actual.Confidence);
        Assert.True(error <= ConfidenceBound, $"{what}: {actual.Confidence}, not {expected.Confidence}.");
        return true;
    }

    /// <summary>How far the cut of top p and the draw are from falling on the next token.</summary>
    public static double Margin(double[] logits, SampleCase @case, int mask)
    {
        double margin = double.PositiveInfinity;
        SamplingParams sampling = @case.Sampling;
        if (sampling.TopP < 1)
        {
            double cumulative = 0;
            double[] p = ReferenceSampler.Distribution(logits, sampling with { TopP = 1, TopK = 0 });
            foreach (double share in p.OrderDescending())
            {
                cumulative += share;
                margin = Math.Min(margin, Math.Abs(cumulative - sampling.TopP));
            }
        }

        if (sampling.Temperature > 0)
        {
            double[] p = ReferenceSampler.Distribution(logits, sampling);
            double cumulative = 0, total = mask < 0 ? 1 : 1 - p[mask];
            double uniform = Philox.Uniform(sampling.Seed, @case.Position, @case.Step) * total;
            for (int id = 0; id < p.Length - 1; id++)
            {
                if (id != mask) cumulative += p[id];
                if (cumulative > 0 && p[id] > 0) margin = Math.Min(margin, Math.Abs(cumulative - uniform));
            }
        }

        return margin;
    }
}
