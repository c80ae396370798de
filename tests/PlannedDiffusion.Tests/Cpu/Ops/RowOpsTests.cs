using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu.Ops;

/// <summary>Norm, activation, softmax and rotation give the same result for all lengths and widths.</summary>
public sealed unsafe class RowOpsTests
{
    [Fact]
    public void RmsNormOfEveryLength()
    {
        var random = new Random(1);
        for (int length = 1; length <= 257; length++)
        {
            int padded = Padding.ToVector(length);
            float[] x = Normal(random, length, 3), weight = Normal(random, length, 1);
            using var inputs = new GuardedMemory<float>(padded);
            using var weights = new GuardedMemory<float>(padded);
            using var result = new GuardedMemory<float>(padded);
            x.CopyTo(inputs.Span);
            weight.CopyTo(weights.Span);
            double[] expected = ReferenceOps.RmsNorm(x, weight, 1e-6);
            AtEveryWidth(result, kernels =>
            {
                kernels.RmsNorm(inputs.Start, weights.Start, length, 1e-6f, result.Start);
                Assert.True(result.Span[length..].IndexOfAnyExcept(0f) < 0, "the padding is not zero");
            });
            for (int i = 0; i < length; i++)
                Assert.InRange(Math.Abs(result.Span[i] - expected[i]), 0, Tolerances.Sum * Math.Abs(expected[i]));
        }
    }

    [Fact]
    public void SiluMulOverTheWholeRange()
    {
        float[] gate = [.. Enumerable.Range(-1600, 3200).Select(i => i / 16f)];
        float[] up = [.. Enumerable.Range(0, 3200).Select(i => 1 + i / 3200f)];
        using var gates = new GuardedMemory<float>(gate);
        using var ups = new GuardedMemory<float>(up);
        using var result = new GuardedMemory<float>(gate.Length);
        AtEveryWidth(result, kernels => kernels.SiluMul(gates.Start, ups.Start, result.Start, gate.Length));
        for (int i = 0; i < gate.Length; i++)
        {
            double expected = ReferenceOps.SiluMul(gate[i], up[i]);
            // Below -88 the true value is less than 1e-36, and f32 has no digits left for it.
            double bound = 4 * Tolerances.Rounding * Math.Abs(expected) + 1e-35;
            Assert.InRange(Math.Abs(result.Span[i] - expected), 0, bound);
        }
    }

    /// <summary>In any lane, and with any bits of a NaN.</summary>
    [Fact]
    public void ABrokenScoreMakesTheSumNaN()
    {
        float[] broken = [float.NaN, BitConverter.UInt32BitsToSingle(0xFFFFFFFF), float.PositiveInfinity];
        foreach (CpuKernels kernels in CpuRunners.Kernels)
        {
            using var scores = new GuardedMemory<float>(48);
            foreach (float one in broken)
            {
                for (int at = 0; at < 48; at++)
                {
                    scores.Span.Fill(1);
                    scores.Span[32..].Fill(float.NegativeInfinity);
                    Assert.Equal(32, kernels.Softmax(scores.Start, 48));
                    scores.Span.Fill(1);
                    scores.Span[at] = one;
                    Assert.True(float.IsNaN(kernels.Softmax(scores.Start, 48)));
                }
            }

            scores.Span.Fill(float.NegativeInfinity);
            Assert.True(float.IsNaN(kernels.Softmax(scores.Start, 48)));
        }
    }

    [Fact]
    public void SoftmaxPowersAndTheirSum()
    {
        var random = new Random(2);
        for (int length = 16; length <= 272; length += 16)
        {
            float[] scores = Normal(random, length, 10);
            for (int i = 0; i < length; i += 5) scores[i] = float.NegativeInfinity;
            scores[length - 1] = 7;
            using var powers = new GuardedMemory<float>(length);
            float? first = null;
            AtEveryWidth(powers, kernels =>
            {
                scores.CopyTo(powers.Span);
                float sum = kernels.Softmax(powers.Start, length);
                first ??= sum;
                Assert.Equal(first, sum);
            });
            double largest = scores.Max(), total = 0;
            for (int i = 0; i < length; i++)
            {
                double expected = Math.Exp(scores[i] - largest);
                total += expected;
                if (expected == 0)
                {
                    Assert.Equal(0, powers.Span[i]);
                    continue;
                }

                double error = Math.Abs(powers.Span[i] - expected);
                Assert.InRange(error, 0, 4 * Tolerances.Rounding * expected * (1 + Math.Abs(scores[i])) + 1.2e-38);
            }

            Assert.InRange(Math.Abs(first!.Value - total), 0, Tolerances.Sum * total);
        }
    }

    [Fact]
    public void TheExponentialIsWithinTwoUnitsInTheLastPlace()
    {
        // One row per run: the largest score is 0, so the powers are those of the arguments themselves.
        float[] arguments = [0, .. Enumerable.Range(1, 65535).Select(i => -87.3f * i / 65536)];
        using var powers = new GuardedMemory<float>(arguments.Length);
        AtEveryWidth(powers, kernels =>
        {
            arguments.CopyTo(powers.Span);
            kernels.Softmax(powers.Start, arguments.Length);
        });
        for (int i = 0; i < arguments.Length; i++)
        {
            double expected = Math.Exp(arguments[i]);
            double unit = MathF.BitIncrement((float)expected) - (float)expected;
            Assert.InRange(Math.Abs(powers.Span[i] - expected) / unit, 0, 2);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(12)]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(128)]
    public void HeadsAreRotatedByTheirPosition(int size)
    {
        using var table = new RotaryTable(2000, size, 1e4);
        var random = new Random(3);
        foreach (int position in (int[])[0, 1, 7, 443, 1999])
        {
            float[] head = Normal(random, size, 1);
            using var rotated = new GuardedMemory<float>(head);
            RotaryEmbedding.Run(
                rotated.Start, table.Cosines(position), table.Sines(position), size / 2, 0.5f, rotated.Start);
            double[] expected = ReferenceOps.Rotate(head, position, 1e4);
            // Angles are f32 like the reference's: their error grows with the position.
            double bound = Tolerances.Rounding * (4 + position);
            for (int i = 0; i < size; i++)
                Assert.InRange(Math.Abs(2 * rotated.Span[i] - expected[i]), 0, bound * head.Max(Math.Abs));
        }
    }

    private static float[] Normal(Random random, int length, float scale) =>
        [.. Enumerable.Range(0, length).Select(_ => scale * (random.NextSingle() + random.NextSingle() - 1))];

    private static void AtEveryWidth(GuardedMemory<float> result, Action<CpuKernels> run)
    {
        float[]? first = null;
        foreach (CpuKernels kernels in CpuRunners.Kernels)
        {
            result.Span.Fill(float.NaN);
            run(kernels);
            first ??= result.Span.ToArray();
            Assert.Equal(first, result.Span.ToArray());
        }
    }
}
