using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Sampling;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu.Ops;

/// <summary>Rows of logits for the tests of the sampler, and what survives its filters.</summary>
internal static class SampleRows
{
    /// <summary>Every combination of switches that takes another path.</summary>
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

    /// <summary>The ids that survive temperature and filters.</summary>
    public static int[] Kept(float[] logits, SamplingParams sampling)
    {
        (SampleScratch scratch, _, Cut cut) = Filter(logits, sampling);
        return [.. Enumerable.Range(0, logits.Length).Where(id => cut.Keeps(scratch.Values[id], id))];
    }

    /// <summary>The distribution that is left.</summary>
    public static double[] Probabilities(float[] logits, SamplingParams sampling)
    {
        (SampleScratch scratch, Row row, Cut cut) = Filter(logits, sampling);
        double total = SoftmaxPasses.Mass(scratch.Values, row, cut, scratch.ChunkMass);
        return [.. logits.Select((_, id) => row.Weight(scratch.Values[id], id, cut) / total)];
    }

    private static (SampleScratch Scratch, Row Row, Cut Cut) Filter(float[] logits, SamplingParams sampling)
    {
        var scratch = new SampleScratch(logits.Length);
        Assert.True(LogitsProcessors.TryPrepare(logits, sampling, maskToken: -1, scratch, out Row row));
        return (scratch, row, LogitsProcessors.Filter(row, sampling, scratch));
    }
}
