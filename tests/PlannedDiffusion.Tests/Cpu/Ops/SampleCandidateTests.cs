using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu.Ops;

public sealed class SampleCandidateTests
{
    private static readonly CpuKernels Kernels = CpuKernels.For(SimdWidth.Widest);
    private static readonly ConfidenceKind[] Kinds = Enum.GetValues<ConfidenceKind>();

    public static TheoryData<int, double> Rows()
    {
        var rows = new TheoryData<int, double>();
        foreach (int vocabulary in new[] { 2, 3, 15, 16, 17, 48, 257, 512, 1023, 1025, 5000 })
        {
            foreach (double deviation in new[] { 0.5, 3, 20 }) rows.Add(vocabulary, deviation);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void AgreesWithTheReference(int vocabulary, double deviation)
    {
        float[] logits = SampleRows.Normal(seed: vocabulary, vocabulary, deviation);
        int mask = vocabulary > 3 ? vocabulary / 2 : -1; // otherwise top p may leave only the mask token
        foreach (SamplingParams sampling in SampleRows.Settings)
        {
            foreach (ConfidenceKind kind in Kinds) AssertAgrees(logits, sampling, kind, mask, vocabulary);
        }
    }

    [Fact]
    public void AgreesWithTheReferenceOnALargeVocabulary()
    {
        foreach (double deviation in new[] { 0.1, 4 })
        {
            float[] logits = SampleRows.Normal(seed: 9, 151_936, deviation);
            AssertAgrees(logits, new(0.7f, 0.9f, 0, 5), ConfidenceKind.NegativeEntropy, 151_666, 3);
            AssertAgrees(logits, new(0, 1, 50, 5), ConfidenceKind.Probability, 151_666, 4);
            AssertAgrees(logits, new(0.2f, 0.95f, 0, 5), ConfidenceKind.Certainty, 151_666, 5);
            AssertAgrees(logits, new(0.7f, 1, 0, 5), ConfidenceKind.Certainty, 151_666, 6);
        }
    }

    /// <summary>
    /// The probability of the drawn token is exact to a few bits for any size: of the best token, of an unlikely one,
    /// and beside a mask token with nearly all of the probability.
    /// </summary>
    [Theory]
    [InlineData(0f)]
    [InlineData(1e-45f)]
    [InlineData(1e-10f)]
    [InlineData(0.2f)]
    [InlineData(1f)]
    [InlineData(10f)]
    public void CertaintyIsTheModelsOwnProbability(float temperature)
    {
        const int mask = 1030;
        foreach (double deviation in new[] { 0.5, 3, 10 })
        {
            float[] logits = SampleRows.Normal(seed: 6, 2100, deviation);
            logits[7] = float.NegativeInfinity;
            foreach (float maskLogit in new[] { float.NegativeInfinity, 0, 30, 60 })
            {
                logits[mask] = maskLogit;
                double[] p = ReferenceSampler.Softmax([.. logits.Select(x => (double)x)]);
                foreach ((float topP, int topK) in new[] { (1f, 0), (0.5f, 0), (0.95f, 0), (1f, 40), (0.9f, 40) })
                {
                    foreach (float uniform in new[] { 0, 0.5f, 0.999f })
                    {
                        Candidate candidate = Run(
                            logits, new(temperature, topP, topK, 0), ConfidenceKind.Certainty, mask, uniform);
                        Assert.Equal(1, candidate.Confidence / p[candidate.Token], 1e-5);
                    }
                }
            }
        }
    }

    [Fact]
    public void CertaintyIsTheProbabilityIfSamplingChangesNothing()
    {
        float[] logits = SampleRows.Normal(seed: 8, 3000, 3);
        SamplingParams[] plain = [SamplingParams.Greedy, new(1, 1, 0, 1), new(1, 1, 3000, 1)];
        foreach (SamplingParams sampling in plain)
        {
            Assert.Equal(
                Run(logits, sampling, ConfidenceKind.Probability, mask: 5, uniform: 0.7f),
                Run(logits, sampling, ConfidenceKind.Certainty, mask: 5, uniform: 0.7f));
        }
    }

    [Fact]
    public void EqualLogitsAreKeptInOrderOfIdsByTopPAndAllByTopK()
    {
        float[] even = new float[1000];
        // 1000 equal tokens: the prefix is complete with the first whose inclusive probability exceeds 0.2.
        Assert.Equal(Enumerable.Range(0, 201), SampleRows.Kept(even, new(1, 0.2005f, 0, 0)));
        Assert.Equal(1000, SampleRows.Kept(even, new(1, 1, 5, 0)).Length);
        Assert.Equal(Enumerable.Range(0, 201), SampleRows.Kept(even, new(1, 0.2005f, 5, 0)));
        Assert.Equal(0, Run(even, SamplingParams.Greedy, ConfidenceKind.Margin, -1).Token);
        Assert.Equal(1, Run(even, SamplingParams.Greedy, ConfidenceKind.Margin, 0).Token);
    }

    [Fact]
    public void TheMaskTokenIsNeverTheCandidateButKeepsItsProbability()
    {
        float[] logits = [1, 5, 2, 5, 0];
        Candidate candidate = Run(logits, SamplingParams.Greedy, ConfidenceKind.Probability, mask: 1);
        double[] p = ReferenceSampler.Softmax([.. logits.Select(x => (double)x)]);
        Assert.Equal(3, candidate.Token);
        Assert.Equal(p[3], candidate.Confidence, 1e-6);

        // If the filters leave only the mask token, the best other token replaces it, with confidence 0.
        logits[1] = 50;
        foreach (float temperature in new[] { 0f, 1f })
        {
            candidate = Run(logits, new(temperature, 0.5f, 0, 0), ConfidenceKind.Probability, mask: 1, 0.3f);
            Assert.Equal(new Candidate(3, 0), candidate);
        }
    }

    public static TheoryData<float, float> BrokenRows => new()
    {
        { float.NaN, 0 }, { float.PositiveInfinity, 0 }, { float.NaN, float.NaN },
        { float.PositiveInfinity, float.PositiveInfinity }, { float.NegativeInfinity, float.NegativeInfinity },
        { float.MinValue, float.NegativeInfinity },
    };

    /// <summary>One such value among others, or only such values: no token is taken.</summary>
    [Theory]
    [MemberData(nameof(BrokenRows))]
    public void ABrokenRowGivesNoToken(float one, float others)
    {
        foreach (int vocabulary in new[] { 2, 15, 17, 300, 1025 })
        {
            foreach (int at in new[] { 0, vocabulary / 2, vocabulary - 1 })
            {
                float[] logits = SampleRows.Normal(seed: 1, vocabulary, 2);
                if (others != 0) Array.Fill(logits, others);
                logits[at] = one;
                // The mask token's logit counts as any other, at every position.
                foreach (int mask in new[] { -1, at, 0 })
                {
                    if (mask == at && float.IsFinite(one)) continue;
                    foreach (SamplingParams sampling in SampleRows.Settings)
                    {
                        foreach (ConfidenceKind kind in Kinds)
                        {
                            Assert.Equal(
                                new Candidate(UnmaskGroup.BrokenToken, 0), Run(logits, sampling, kind, mask, 0.5f));
                        }
                    }
                }
            }
        }
    }

    [Fact]
    public void ARowWhoseOnlyFiniteLogitIsTheMasksIsBroken()
    {
        float[] logits = [float.NegativeInfinity, 3, float.NegativeInfinity];
        Assert.Equal(1, Run(logits, SamplingParams.Greedy, default, mask: -1).Token);
        Assert.Equal(UnmaskGroup.BrokenToken, Run(logits, SamplingParams.Greedy, default, mask: 1).Token);
        Assert.Equal(UnmaskGroup.BrokenToken, Run([3], SamplingParams.Greedy, default, mask: 0).Token);
    }

    /// <summary>
    /// Logits may be -infinity, or finite and as large as possible: no sum overflows, and no token is lost.
    /// </summary>
    [Fact]
    public void EveryOtherLogitIsLegal()
    {
        float[] specials = [float.NegativeInfinity, float.MaxValue, float.MinValue, 0, -0f, 1e-45f, -1e30f, 1e38f];
        var random = new Random(3);
        for (int row = 0; row < 200; row++)
        {
            float[] logits = [.. Enumerable.Range(0, 300).Select(_ => specials[random.Next(specials.Length)])];
            logits[row] = specials[1 + (row % 7)];
            logits[(row + 1) % 300] = 5;
            foreach (SamplingParams sampling in SampleRows.Settings)
            {
                foreach (ConfidenceKind kind in Kinds)
                {
                    Candidate candidate = Run(logits, sampling, kind, 7, random.NextSingle());
                    Assert.InRange(candidate.Token, 0, 299);
                    Assert.NotEqual(7, candidate.Token);
                    Assert.True(float.IsFinite(candidate.Confidence));
                }
            }
        }
    }

    [Fact]
    public void NegativeInfinityIsNeverDrawn()
    {
        float[] logits = [float.NegativeInfinity, 1, float.NegativeInfinity, 1.5f];
        for (int i = 0; i < 100; i++)
        {
            int token = Run(logits, new(2, 1, 0, 0), ConfidenceKind.Probability, -1, i / 100f).Token;
            Assert.True(token is 1 or 3);
        }
    }

    [Theory]
    [InlineData(1e-9f)]
    [InlineData(1e-10f)]
    [InlineData(1e-11f)]
    [InlineData(1e-30f)]
    [InlineData(1e-38f)]
    [InlineData(1e-45f)]
    public void TinyTemperaturesAreGreedy(float temperature)
    {
        foreach (double deviation in new[] { 1e-3, 1, 1000, 1e30 })
        {
            float[] logits = SampleRows.Normal(seed: 4, 1000, deviation);
            int best = Run(logits, SamplingParams.Greedy, default, mask: 5).Token;
            foreach ((float topP, int topK) in new[] { (1f, 0), (0.9f, 0), (1f, 40), (0.9f, 40) })
            {
                foreach (float uniform in new[] { 0, 0.5f, 0.99999994f })
                {
                    SamplingParams sampling = new(temperature, topP, topK, 0);
                    Assert.Equal(best, Run(logits, sampling, default, mask: 5, uniform).Token);
                }
            }
        }
    }

    [Fact]
    public void FiltersKeepWhatASortKeepsWithTiesToo()
    {
        Prop.ForAll(
            Gen.Choose(0, 1 << 20).Four().ToArbitrary(),
            sample =>
            {
                (int seed, int size, int p, int k) = sample;
                // Halves, so that most values have ties, on both sides of every cut.
                float[] logits = [.. SampleRows.Normal(seed, 1 + (size % 4000), 1.5)
                    .Select(x => MathF.Round(2 * x) / 2)];
                SamplingParams sampling = new(1, (1 + (p % 999)) / 1000f, k % 3 == 0 ? 0 : k % 600, 0);
                double[] expected = ReferenceSampler.Distribution([.. logits.Select(x => (double)x)], sampling);
                return SampleRows.Kept(logits, sampling)
                    .SequenceEqual(Enumerable.Range(0, logits.Length).Where(id => expected[id] > 0));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(11, 3));
    }

    [Theory]
    [InlineData(1f, 1f, 0)]
    [InlineData(0.7f, 0.9f, 0)]
    [InlineData(1.3f, 1f, 6)]
    public void DrawsFollowTheDistribution(float temperature, float topP, int topK)
    {
        const int mask = 4, draws = 20_000;
        float[] logits = SampleRows.Normal(seed: 5, 24, 1.5);
        SamplingParams sampling = new(temperature, topP, topK, Seed: 77);
        double[] p = ReferenceSampler.Distribution([.. logits.Select(x => (double)x)], sampling);
        p[mask] = 0;
        double total = p.Sum();

        var scratch = new SampleScratch(logits.Length);
        int[] counts = new int[logits.Length];
        for (int i = 0; i < draws; i++)
        {
            float uniform = Philox.Uniform(sampling.Seed, i, step: 1);
            Candidate drawn =
                Kernels.SampleCandidate(logits, sampling, ConfidenceKind.Probability, mask, uniform, scratch);
            counts[drawn.Token]++;
        }

        double chiSquare = 0;
        for (int id = 0; id < p.Length; id++)
        {
            double expected = draws * p[id] / total;
            if (expected == 0) Assert.Equal(0, counts[id]);
            else chiSquare += (counts[id] - expected) * (counts[id] - expected) / expected;
        }

        int freedom = p.Count(q => q > 0) - 1;
        Assert.InRange(chiSquare, 0, freedom + (4 * Math.Sqrt(2 * freedom))); // four deviations
    }

    [Fact]
    public void ADrawDependsOnTheRowAndTheUniformOnly()
    {
        Prop.ForAll(
            Gen.Choose(0, 1 << 20).Four().ToArbitrary(),
            sample =>
            {
                (int seed, int position, int step, int other) = sample;
                float[] logits = SampleRows.Normal(seed, 777, 2);
                SamplingParams sampling = new(0.8f, 0.9f, 40, (ulong)seed);
                float uniform = Philox.Uniform(sampling.Seed, position, step);
                var scratch = new SampleScratch(logits.Length);
                Candidate first = Kernels.SampleCandidate(logits, sampling, default, 3, uniform, scratch);
                // A scratch that has seen another row gives the same bits as a fresh one.
                Kernels.SampleCandidate(
                    SampleRows.Normal(other, 777, 9), sampling, ConfidenceKind.Margin, -1, 0.5f, scratch);
                return first == Kernels.SampleCandidate(logits, sampling, default, 3, uniform, scratch);
            }).Check(Config.QuickThrowOnFailure.WithReplay(3, 7));
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.999999f)]
    [InlineData(0.99999994f)]
    public void TheEndsOfTheUnitIntervalDrawTokensWithWeight(float uniform)
    {
        float[] logits = new float[3000];
        Array.Fill(logits, -1000f, 0, 10);
        Array.Fill(logits, -1000f, 2900, 100);
        int token = Run(logits, new(1, 1, 0, 0), ConfidenceKind.Probability, -1, uniform).Token;
        Assert.InRange(token, 10, 2899);
        Assert.True(uniform == 0 ? token == 10 : token > 2800);
    }

    private static Candidate Run(
        float[] logits, SamplingParams sampling, ConfidenceKind kind, int mask, float uniform = 0) =>
        SampleRows.Candidate(logits, sampling, kind, mask, uniform);

    private static void AssertAgrees(
        float[] logits, SamplingParams sampling, ConfidenceKind kind, int mask, int position)
    {
        var group = new UnmaskGroup
        {
            Sequence = 0,
            Positions = default,
            Sampling = sampling,
            Rule = UnmaskRule.Scheduled,
            Confidence = kind,
            RandomStep = 1,
        };
        double[] exact = [.. logits.Select(x => (double)x)];
        ReferenceCandidate expected = ReferenceSampler.Candidate(exact, position, group, mask < 0 ? null : mask);
        float uniform = Philox.Uniform(sampling.Seed, position, step: 1);
        Candidate actual = Run(logits, sampling, kind, mask, uniform);
        Assert.Equal(expected.Token, actual.Token);
        Assert.Equal(expected.Confidence, actual.Confidence, 1e-5);
    }
}
