using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu.Ops;

public sealed class UnmaskTests
{
    [Fact]
    public void AllTakesEveryPositionInOrder()
    {
        int carry = 3;
        Assert.Equal([0, 1, 2], Select(Group(UnmaskRule.All), [0.1f, 0.9f, float.NaN], ref carry));
        Assert.Equal(3, carry);
    }

    [Theory]
    [InlineData(0, new int[] { })]
    [InlineData(1, new[] { 1 })]
    [InlineData(3, new[] { 1, 3, 0 })]
    [InlineData(9, new[] { 1, 3, 0, 4, 2 })]
    public void ScheduledTakesTheMostConfidentAndBreaksTiesByPosition(int count, int[] expected)
    {
        int carry = 0;
        float[] confidences = [0.5f, 0.7f, float.NaN, 0.7f, -9];
        Assert.Equal(expected, Select(Group(UnmaskRule.Scheduled) with { Count = count }, confidences, ref carry));
    }

    [Fact]
    public void ZerosOfBothSignsTie()
    {
        int carry = 0;
        Assert.Equal([0, 1], Select(Group(UnmaskRule.Scheduled) with { Count = 2 }, [-0f, 0f, -1f], ref carry));
    }

    [Fact]
    public void ThresholdCarriesRejectedCandidates()
    {
        UnmaskGroup group = Group(UnmaskRule.Threshold) with { StepsLeft = 2, Threshold = 0.8f };
        int carry = 5;
        // Four masks, two steps: a quota of two. The best is always revealed; the next is rejected.
        Assert.Equal([2], Select(group with { ResetCarry = true }, [0.1f, 0.2f, 0.4f, 0.3f], ref carry));
        Assert.Equal(1, carry);
        // A last step has quota 3 and one carried, clamped to the three masks left. 0.8 reaches 0.8.
        Assert.Equal([1, 0], Select(group with { StepsLeft = 1 }, [0.8f, 0.9f, 0.7f], ref carry));
        Assert.Equal(1, carry);
        // After the nominal steps the quota is one, plus the carried candidates.
        Assert.Equal([0], Select(group with { StepsLeft = 0 }, [0.5f], ref carry));
        Assert.Equal(0, carry);
    }

    [Theory]
    [InlineData(0, 0.7f, new[] { 1, 3 })]
    [InlineData(1, 0.7f, new[] { 1, 3 })]
    [InlineData(3, 0.7f, new[] { 1, 3, 0 })]
    [InlineData(0, 0.71f, new int[] { })]
    [InlineData(1, 0.71f, new[] { 1 })]
    [InlineData(0, 0f, new[] { 1, 3, 0 })]
    [InlineData(4, 0f, new[] { 1, 3, 0, 4 })]
    [InlineData(-5, 2f, new int[] { })]
    [InlineData(9, 2f, new[] { 1, 3, 0, 4, 2 })]
    [InlineData(0, float.NaN, new int[] { })]
    [InlineData(2, float.NaN, new[] { 1, 3 })]
    public void CertainTakesAllAboveTheThresholdAndNeverFewerThanTheCount(int count, float threshold, int[] expected)
    {
        int carry = 3;
        float[] confidences = [0.5f, 0.7f, float.NaN, 0.7f, -9];
        UnmaskGroup group = Group(UnmaskRule.Certain) with { Count = count, Threshold = threshold };
        Assert.Equal(expected, Select(group, confidences, ref carry));
        Assert.Equal(3, carry);
    }

    [Fact]
    public void CertainTakesTheFirstOfTheRanking()
    {
        Prop.ForAll(
            Gen.Choose(0, 1 << 20).Three().ToArbitrary(),
            sample =>
            {
                var random = new Random(sample.Item1);
                // Tenths, so that ties and values at the threshold are common, and a few NaN.
                float[] confidences = [.. Enumerable.Range(0, sample.Item2 % 70)
                    .Select(_ => random.Next(15) == 0 ? float.NaN : random.Next(11) / 10f)];
                UnmaskGroup group = Group(UnmaskRule.Certain) with
                {
                    Count = (sample.Item3 % 80) - 5,
                    Threshold = random.Next(12) / 10f,
                };
                int carry = 0;
                int[] revealed = Select(group, confidences, ref carry);
                int[] certain = [.. Enumerable.Range(0, confidences.Length)
                    .Where(i => confidences[i] >= group.Threshold)];
                int least = Math.Clamp(group.Count, 0, confidences.Length);
                int[] ranking = [.. Enumerable.Range(0, confidences.Length)
                    .OrderByDescending(i => float.IsNaN(confidences[i]) ? -1 : confidences[i])];
                return revealed.Length == Math.Max(least, certain.Length)
                    && certain.All(revealed.Contains)
                    && revealed.SequenceEqual(ranking.Take(revealed.Length));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(7, 11));
    }

    [Theory]
    [InlineData(0, 0.3f, new int[] { })] // 2 · 0.25 is not below it
    [InlineData(1, 0.3f, new[] { 1 })]
    [InlineData(0, 0.6f, new[] { 1 })] // 3 · 0.25 is not
    [InlineData(0, 0.8f, new[] { 1, 3 })]
    [InlineData(3, 0.8f, new[] { 1, 3, 0 })]
    [InlineData(0, 2f, new[] { 1, 3 })] // 4 · 0.5 is not below 2
    [InlineData(0, 2.01f, new[] { 1, 3, 0 })]
    [InlineData(9, 0f, new[] { 1, 3, 0, 4, 2 })]
    [InlineData(0, 60f, new[] { 1, 3, 0, 4 })] // NaN is never certain
    [InlineData(0, float.NaN, new int[] { })]
    public void AFactorTakesAsManyAsAreCertainTogether(int count, float factor, int[] expected)
    {
        int carry = 3;
        float[] confidences = [0.5f, 0.75f, float.NaN, 0.75f, -9];
        UnmaskGroup group = Group(UnmaskRule.Factor) with { Count = count, Threshold = factor };
        Assert.Equal(expected, Select(group, confidences, ref carry));
        Assert.Equal(3, carry);
    }

    [Fact]
    public void AGroupWithoutMasksRevealsNothing()
    {
        foreach (UnmaskRule rule in Enum.GetValues<UnmaskRule>())
        {
            int carry = 2;
            Assert.Empty(Select(Group(rule) with { Count = 4 }, [], ref carry));
            Assert.Equal(2, carry);
        }
    }

    [Fact]
    public void AgreesWithTheReferenceAndARoundAlwaysEnds()
    {
        Prop.ForAll(
            Gen.Choose(0, 1 << 20).Three().ToArbitrary(),
            sample =>
            {
                (int seed, int size, int steps) = (sample.Item1, 1 + (sample.Item2 % 60), 1 + (sample.Item3 % 20));
                return RunRound(UnmaskRule.Threshold, seed, size, steps)
                    && RunRound(UnmaskRule.Certain, seed, size, steps)
                    && RunRound(UnmaskRule.Factor, seed, size, steps);
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(5, 13));
    }

    // A whole round on random confidences; false if the reference disagrees or a step reveals nothing.
    private static bool RunRound(UnmaskRule rule, int seed, int size, int steps)
    {
        var random = new Random(seed);
        float threshold = rule == UnmaskRule.Factor ? 5 * random.NextSingle() : random.Next(12) / 10f;
        UnmaskGroup group = Group(rule) with { Threshold = threshold, Count = 1 };
        int carry = 0, referenceCarry = 0;
        for (int step = 0, masks = size; masks > 0; step++)
        {
            group = group with { StepsLeft = Math.Max(0, steps - step), ResetCarry = step == 0 };
            // Tenths, so that ties and values at the threshold are common.
            float[] confidences = [.. Enumerable.Range(0, masks).Select(_ => random.Next(11) / 10f)];
            int[] revealed = Select(group, confidences, ref carry);
            IEnumerable<ReferenceCandidate> expected = ReferenceSampler.Select(
                confidences.Select((c, i) => new ReferenceCandidate(i, 0, c)), group, ref referenceCarry);
            if (revealed.Length == 0 || !revealed.SequenceEqual(expected.Select(c => c.Position))) return false;
            if (carry != referenceCarry) return false;
            masks -= revealed.Length;
        }

        return true;
    }

    internal static UnmaskGroup Group(UnmaskRule rule) => new()
    {
        Sequence = 0,
        Positions = new TokenRange(0, 64),
        Sampling = SamplingParams.Greedy,
        Rule = rule,
    };

    internal static int[] Select(in UnmaskGroup group, float[] confidences, ref int carry)
    {
        int[] ranking = new int[confidences.Length];
        int count = Unmask.Select(group, confidences, ref carry, ranking, new ulong[confidences.Length]);
        return ranking[..count];
    }
}
