using PlannedDiffusion.Cpu;
using PlannedDiffusion.Cpu.Threads;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;
using static PlannedDiffusion.TestKit.RunnerSteps;

namespace PlannedDiffusion.Tests.Cpu;

/// <summary>Promises of the CPU runner alone.</summary>
public sealed class CpuModelRunnerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AStepAllocatesNothingOnAnyThread(int threads)
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        using CpuModelRunner runner = CpuRunners.Create(weights, threads);
        int sequence = runner.OpenSequence(100);
        runner.WriteTokens(sequence, 0, [.. Enumerable.Repeat(runner.Config.MaskTokenId!.Value, 80)]);
        ForwardStep step = EveryKindOfWork(sequence);
        runner.Forward(step);
        // A garbage collection of other tests ends the thread's allocation buffer, and the runtime then counts its
        // rest, up to 8 KiB. A step that allocates does so every time, so the smallest of some attempts counts.
        long[] least = [.. Enumerable.Repeat(long.MaxValue, threads)];
        for (int attempt = 0; attempt < 5; attempt++)
        {
            var allocated = new AllocationJob(threads);
            runner.Pool.Run(allocated);
            for (int i = 0; i < 10; i++) runner.Forward(step);
            runner.Pool.Run(allocated);
            for (int i = 0; i < threads; i++) least[i] = Math.Min(least[i], allocated.Difference[i]);
        }

        Assert.All(least, bytes => Assert.Equal(0, bytes));
    }

    [Theory]
    [InlineData(DType.F32, 64, 160, 16, 512, false)]
    [InlineData(DType.F16, 64, 160, 16, 512, true)]
    [InlineData(DType.BF16, 65, 33, 14, 77, true)]
    [InlineData(DType.BF16, 130, 257, 80, 300, false)]
    public void EveryTypeAndShapeAgreesWithDoublePrecision(
        DType type, int hidden, int mlp, int headSize, int vocabulary, bool tied)
    {
        using ModelWeights weights = TinyModels.InMemory(
            TinyModels.Config(hidden, mlp, headSize: headSize, vocabulary: vocabulary, tied: tied), type, seed: 3);
        using CpuModelRunner runner = CpuRunners.Create(weights, threads: 2);
        using var reference = new ReferenceModelRunner(ReferenceWeights.From(weights));
        float[][] logits = [Logits(runner), Logits(reference)];
        for (int i = 0; i < logits[0].Length; i++)
            Assert.InRange(Math.Abs(logits[0][i] - logits[1][i]), 0, Tolerances.GoldenLogits);
    }

    [Fact]
    public void AVocabularyBeyondTheLogitsBufferIsSampledInRounds()
    {
        const int rows = 61;
        ModelConfig config = TinyModels.Config(
            hidden: 8, mlp: 16, layers: 1, heads: 2, kvHeads: 1, headSize: 4, vocabulary: 300_001);
        using ModelWeights weights = TinyModels.InMemory(config);
        using CpuModelRunner runner = CpuRunners.Create(weights, threads: 2);
        int sequence = runner.OpenSequence(rows + 1);
        runner.WriteTokens(sequence, 0, [.. Enumerable.Range(1, rows).Select(i => i * 4001)]);
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(0, rows), AttentionRange.CausalFrom(0, rows));
        step.AddUnmask(new UnmaskGroup
        {
            Sequence = sequence,
            Positions = new TokenRange(1, rows + 1),
            Rule = UnmaskRule.All,
            Sampling = SamplingParams.Greedy,
        });
        int[] written = new int[rows + 1], sampled = new int[rows + 1];
        runner.ReadTokens(sequence, 0, written);
        runner.Forward(step);
        runner.ReadTokens(sequence, 0, sampled);

        runner.WriteTokens(sequence, 0, written);
        step.Clear();
        step.AddRows(sequence, new TokenRange(0, rows), AttentionRange.CausalFrom(0, rows));
        step.AddLogits(sequence, new TokenRange(0, rows));
        runner.Forward(step);
        var logits = new float[config.VocabularySize];
        for (int row = 0; row < rows; row++)
        {
            runner.ReadLogits(row, logits);
            logits[config.MaskTokenId!.Value] = float.NegativeInfinity;
            Assert.Equal(Array.IndexOf(logits, logits.Max()), sampled[row + 1]);
        }
    }

    [Fact]
    public void PackingReportsItsProgress()
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        var progress = new ProgressList();
        using (CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1, Progress = progress }))
        {
            Assert.NotEmpty(progress.Reports);
            Assert.Equal(progress.Reports.OrderBy(report => report.Done), progress.Reports);
            Assert.Equal(progress.Reports[^1].Total, progress.Reports[^1].Done);
        }
    }

    [Fact]
    public void WeightsThatDoNotFitTheirConfigurationAreNamed()
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        LayerWeights broken = weights.Layers[1] with { Down = weights.Layers[1].Down with { Columns = 159 } };
        using var wrong = new ModelWeights(
            weights.Config, weights.Embedding, [weights.Layers[0], broken], weights.FinalNorm, weights.LmHead, null);
        var refusal = Assert.Throws<ArgumentException>(() => CpuRunners.Create(wrong, threads: 1));
        Assert.Contains("layers.1.mlp.down_proj.weight", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("159", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADisposedRunnerThrows()
    {
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        CpuModelRunner runner = CpuRunners.Create(weights, threads: 2);
        int sequence = runner.OpenSequence(10);
        runner.Dispose();
        runner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => runner.Forward(new ForwardStep()));
        Assert.Throws<ObjectDisposedException>(() => runner.OpenSequence(10));
        Assert.Throws<ObjectDisposedException>(() => runner.ReadLogits(0, new float[512]));
        Assert.Throws<ObjectDisposedException>(() => runner.CloseSequence(sequence));
    }

    private sealed class AllocationJob(int threads) : ISpmdJob
    {
        private readonly long[] _last = new long[threads];

        public long[] Difference { get; } = new long[threads];

        public void Run(int thread)
        {
            long now = GC.GetAllocatedBytesForCurrentThread();
            Difference[thread] = now - _last[thread];
            _last[thread] = now;
        }
    }
}
