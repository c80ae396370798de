using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using Xunit;
using Passes = PlannedDiffusion.Cpu.Ops.SoftmaxPasses<
    PlannedDiffusion.Cpu.Simd.Simd128, System.Runtime.Intrinsics.Vector128<float>>;
using Processors = PlannedDiffusion.Cpu.Ops.LogitsProcessors<
    PlannedDiffusion.Cpu.Simd.Simd128, System.Runtime.Intrinsics.Vector128<float>>;

namespace PlannedDiffusion.Tests.Cpu.Ops;

/// <summary>Rows of logits for tests of the sampler, and the tokens that its filters keep.</summary>
internal static class SampleRows
{
    /// <summary>Every combination of options with its own path.</summary>
    public static SamplingParams[] Settings { get; } =
    [
        SamplingParams.Greedy, new(0, 0.9f, 0, 1), new(0, 1, 5, 2), new(0, 0.95f, 10, 3), new(0.7f, 1, 0, 4),
        new(0.2f, 0.95f, 0, 5), new(0.2f, 0.95f, 50, 6), new(1.3f, 0.8f, 12, 7), new(1, 0, 0, 8), new(1, 1, 1, 9),
    ];

    public static float[] Normal(int seed, int count, double deviation)
    {
        var random = new Random(seed);
        float[] row = new float[count];
        for (int i = 0; i < count; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            row[i] = (float)(deviation * radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return row;
    }

    /// <summary>The candidate, which has the same bits at all widths.</summary>
    public static Candidate Candidate(
        float[] logits, SamplingParams sampling, ConfidenceKind kind, int mask, float uniform)
    {
        Candidate[] each = [.. CpuRunners.KernelsOfEachWidth.Select(kernels => kernels.SampleCandidate(
            logits, sampling, kind, mask, uniform, new SampleScratch(logits.Length)))];
        Assert.All(each, one => Assert.Equal(each[0], one));
        return each[0];
    }

    /// <summary>The ids that temperature and filters keep.</summary>
    public static int[] Kept(float[] logits, SamplingParams sampling)
    {
        (SampleScratch scratch, _, Cut cut) = Filter(logits, sampling);
        return [.. Enumerable.Range(0, logits.Length).Where(id => cut.Keeps(scratch.Values[id], id))];
    }

    /// <summary>The remaining distribution.</summary>
    public static double[] Probabilities(float[] logits, SamplingParams sampling)
    {
        (SampleScratch scratch, Row row, Cut cut) = Filter(logits, sampling);
        double total = Passes.Mass(scratch.Values, row, cut, scratch.ChunkMass);
        return [.. logits.Select((_, id) => row.Weight(scratch.Values[id], id, cut) / total)];
    }

    private static (SampleScratch Scratch, Row Row, Cut Cut) Filter(float[] logits, SamplingParams sampling)
    {
        var scratch = new SampleScratch(logits.Length);
        Assert.True(Processors.TryPrepare(logits, sampling, maskToken: -1, scratch, out Row row));
        return (scratch, row, Processors.Filter(row, sampling, scratch));
    }
}
