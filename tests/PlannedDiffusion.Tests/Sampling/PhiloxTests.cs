using PlannedDiffusion.Sampling;
using Xunit;

namespace PlannedDiffusion.Tests.Sampling;

public sealed class PhiloxTests
{
    // Known answers of Random123 (kat_vectors, philox4x32 with 10 rounds): zeros, ones, and digits of pi.
    [Theory]
    [InlineData(
        new uint[] { 0, 0, 0, 0 }, new uint[] { 0, 0 },
        new uint[] { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 })]
    [InlineData(
        new uint[] { ~0u, ~0u, ~0u, ~0u }, new uint[] { ~0u, ~0u },
        new uint[] { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd })]
    [InlineData(
        new uint[] { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, new uint[] { 0xa4093822, 0x299f31d0 },
        new uint[] { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 })]
    public void BlockGivesTheKnownAnswers(uint[] counter, uint[] key, uint[] expected)
    {
        (uint w0, uint w1, uint w2, uint w3) =
            Philox.Block(counter[0], counter[1], counter[2], counter[3], key[0], key[1]);
        Assert.Equal(expected, new[] { w0, w1, w2, w3 });
    }

    [Fact]
    public void UniformIsTheUpper24BitsOfTheFirstWord()
    {
        // The pi vector's key as a seed; counter words 2 and 3 are zero by contract.
        const ulong seed = 0x299f31d0_a4093822;
        (uint w0, _, _, _) = Philox.Block(7, 3, 0, 0, 0xa4093822, 0x299f31d0);
        Assert.Equal((w0 >> 8) / 16777216.0, Philox.Uniform(seed, position: 7, step: 3));
        Assert.Equal((0x6627e8d5u >> 8) / 16777216.0, Philox.Uniform(0, 0, 0));
    }

    [Fact]
    public void UniformCoversTheUnitIntervalEvenly()
    {
        // Chi-square over 64 cells, 63 degrees of freedom: 110 is beyond the 99.97th percentile, and the seed is fixed.
        const int draws = 1 << 16, cells = 64;
        int[] counts = new int[cells];
        for (int i = 0; i < draws; i++)
        {
            float u = Philox.Uniform(42, i & 1023, i >> 10);
            Assert.InRange(u, 0f, 0.99999994f);
            counts[(int)(u * cells)]++;
        }

        double expected = (double)draws / cells;
        Assert.InRange(counts.Sum(c => (c - expected) * (c - expected) / expected), 30, 110);
    }

    [Fact]
    public void EveryPartOfTheKeyAndCounterMatters()
    {
        float[] draws =
        [
            Philox.Uniform(1, 2, 3), Philox.Uniform(2, 2, 3), Philox.Uniform(1, 3, 3), Philox.Uniform(1, 2, 4),
            Philox.Uniform(1 | (1ul << 32), 2, 3),
        ];
        Assert.Equal(draws.Length, draws.Distinct().Count());
    }
}
