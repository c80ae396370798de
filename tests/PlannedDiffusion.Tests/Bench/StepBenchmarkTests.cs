using PlannedDiffusion.Bench.Host;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Cpu;
using Xunit;

namespace PlannedDiffusion.Tests.Bench;

public sealed class StepBenchmarkTests
{
    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(1, 700, false)]
    [InlineData(20, 33, false)]
    [InlineData(20, 33, true)]
    [InlineData(1, 0, true)]
    public void AMeasuredStepClosesItsSequence(int rows, int cached, bool prefill)
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        using CpuModelRunner runner = CpuRunners.Create(weights, threads: 1);
        for (int i = 0; i < 2 * runner.Limits.MaxSequences; i++)
        {
            StepMeasurement step = StepBenchmark.Run(
                runner, new StepShape(rows, cached, prefill), SamplingParams.Greedy, 3, runner.WeightBytesPerStep);
            Assert.Equal(3, step.Repetitions);
            Assert.InRange(step.FastestMilliseconds, double.Epsilon, step.MedianMilliseconds);
            Assert.InRange(step.MedianMilliseconds, double.Epsilon, step.P95Milliseconds);
            Assert.True(step.ShareOf(new MachineLimits(1, 10, 10)) > 0);
        }
    }

    [Fact]
    public void FlopsAreThoseOfTheNetwork()
    {
        ModelConfig config = TinyModels.Config(
            hidden: 10, mlp: 20, layers: 3, heads: 2, kvHeads: 1, headSize: 4, vocabulary: 100);
        // Per row and layer: queries and outputs 2 * 10 * 8, keys and values 2 * 10 * 4, MLP 3 * 10 * 20, and 2 * 8 for
        // each of 6 keys; then 10 * 100 for the row that has logits.
        Assert.Equal(2 * (3 * (160 + 80 + 600 + 96) + 1000), StepBenchmark.Flops(config, new StepShape(1, 5)));
        // Two rows that see each other. The second predicts nothing and needs only its key in the last layer.
        Assert.Equal(
            2 * (2 * 3 * (80 + 80) + 5 * (80 + 600 + 96) + 1000), StepBenchmark.Flops(config, new StepShape(2, 4)));
        // Three rows of a prompt see 5, 6 and 7 keys. In the last layer only the last row continues.
        Assert.Equal(
            2 * (3 * 3 * (80 + 80) + 7 * (80 + 600) + 16 * (2 * 18 + 7) + 1000),
            StepBenchmark.Flops(config, new StepShape(3, 4, Prefill: true)));
    }

    [Fact]
    public void ProbesReturnPositiveSpeeds()
    {
        using var probe = new MachineProbe(threads: 2, bufferBytes: 32 << 20);
        MachineLimits limits = probe.Measure(repetitions: 1);
        Assert.Equal(2, limits.Threads);
        Assert.True(double.IsFinite(limits.GigabytesPerSecond) && limits.GigabytesPerSecond > 0);
        Assert.True(double.IsFinite(limits.GigaflopsPerSecond) && limits.GigaflopsPerSecond > 0);
    }

    [Fact]
    public void RandomCheckpointsLoadAndDependOnTheirSeed()
    {
        ModelConfig config = TinyModels.Config(tied: true);
        using var folder = new TemporaryDirectory();
        byte[][] files = [.. new[] { 1, 1, 2 }.Select((seed, i) =>
        {
            string path = folder.File($"model{i}");
            RandomCheckpoint.Write(path, config, seed);
            return File.ReadAllBytes(Path.Combine(path, "model.safetensors"));
        })];
        Assert.Equal(files[0], files[1]);
        Assert.NotEqual(files[0], files[2]);

        using CpuModelRunner runner = CpuRunners.Load(folder.File("model0"), threads: 1);
        Assert.Equal(config, runner.Config);
        int sequence = runner.OpenSequence(8);
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(0, 8), AttentionRange.CausalFrom(0, 8));
        step.AddLogits(sequence, new TokenRange(7, 8));
        runner.Forward(step);
        var logits = new float[config.VocabularySize];
        runner.ReadLogits(0, logits);
        Assert.All(logits, value => Assert.InRange(value, -100, 100));
        Assert.True(logits.Max() - logits.Min() > 0.5f, "random weights, but all logits are alike");
    }
}
