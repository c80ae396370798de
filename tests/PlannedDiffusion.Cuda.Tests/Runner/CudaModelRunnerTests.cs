using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Numerics;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;
using static PlannedDiffusion.TestKit.RunnerSteps;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>What only the CUDA runner promises.</summary>
public sealed class CudaModelRunnerTests(TestDevice device, ITestOutputHelper output) : CudaTests(device)
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void AStepAllocatesNothing(bool graphs, bool timed)
    {
        CudaSetup options = CudaRunners.Exact with { UseGraphs = graphs, TimeSteps = timed };
        using CudaModelRunner runner = Create(TinyModels.Config(), options);
        int sequence = runner.OpenSequence(100);
        int[] masks = [.. Enumerable.Repeat(runner.Config.MaskTokenId!.Value, 80)];
        ForwardStep step = EveryKindOfWork(sequence, count: 3);
        bool known = false;
        Turn();
        Turn();
        long least = long.MaxValue; // a collection beside the test ends the allocation buffer, which counts as used
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Turn();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.Equal(timed, known);

        void Turn()
        {
            runner.WriteTokens(sequence, 0, masks);
            runner.Forward(step);
            int ticket = runner.BeginReadTokens(sequence, 0, 80);
            runner.EndRead(ticket, masks);
            known = runner.StepClock?.TryGetTime(runner.StepClock.Steps - 1, out _) ?? false;
            masks.AsSpan().Fill(runner.Config.MaskTokenId!.Value);
        }
    }

    [Fact]
    public void GraphsSingleLaunchesAndOverlapGiveTheSameBits()
    {
        ModelConfig config = TinyModels.Config(headSize: 14, vocabulary: 301);
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            uint[][] runs = [.. ((bool[])[true, false]).SelectMany(graphs => ((bool[])[true, false]).Select(overlap =>
            {
                using CudaModelRunner runner = Create(config, CudaRunners.Exact with
                {
                    Precision = precision,
                    UseGraphs = graphs,
                    OverlapKernels = overlap,
                });
                Assert.Equal(overlap && Device.Device.CanOverlapKernels, runner.OverlapsKernels);
                return Trace(runner);
            }))];
            Assert.All(runs, run => Assert.Equal(runs[0], run));
        }
    }

    [Theory]
    [InlineData(DType.F32, 64, 160, 16, 512, false)]
    [InlineData(DType.F16, 64, 160, 16, 512, true)]
    [InlineData(DType.BF16, 65, 33, 14, 77, true)]
    [InlineData(DType.BF16, 130, 257, 80, 300, false)]
    public void EveryTypeAndShapeAgreesWithDoublePrecision(
        DType type, int hidden, int mlp, int headSize, int vocabulary, bool tied)
    {
        _ = Device.Device;
        using ModelWeights weights = TinyModels.InMemory(
            TinyModels.Config(hidden, mlp, headSize: headSize, vocabulary: vocabulary, tied: tied), type, seed: 3);
        var exactly = ReferenceWeights.From(weights);
        using var exact = new ReferenceModelRunner(exactly);
        using var rounding = new ReferenceModelRunner(exactly.WithMatrices(Rounded), round: Rounded);
        float[] expected = Logits(exact);
        (double unit, double largest) = Difference(Logits(rounding), expected);
        output.WriteLine($"bf16 by itself: deviation {unit:G3}, largest {largest:G3}");
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            CudaSetup options = CudaRunners.Exact with { Precision = precision };
            using CudaModelRunner runner = CudaRunners.Create(weights, options);
            (double deviation, largest) = Difference(Logits(runner), expected);
            output.WriteLine($"{precision}: deviation {deviation:G3}, largest {largest:G3}");
            bool f32 = precision == Precision.F32;
            Assert.InRange(largest, 0, f32 ? Tolerances.NetworkLogits : Tolerances.BFloat16Largest * unit);
            Assert.InRange(deviation, 0, f32 ? Tolerances.NetworkLogits : Tolerances.BFloat16Deviation * unit);
        }

        static double Rounded(double value) => BFloat16.ToSingle(BFloat16.FromSingle((float)value));
    }

    [Fact]
    public void ProductsOfCuBlasGiveTheSameLogits()
    {
        Assert.SkipUnless(Device.Device.Libraries.HasCuBlas, "cuBLAS is not installed.");
        float[][] logits = [.. ((ProductChoice[])[ProductChoice.Own, ProductChoice.CuBlas]).Select(choice =>
        {
            using CudaModelRunner runner = Create(TinyModels.Config(), CudaRunners.Exact with { Products = choice });
            return Logits(runner);
        })];
        for (int i = 0; i < logits[0].Length; i++) Assert.Equal(logits[0][i], logits[1][i], 1e-4);
    }

    [Fact]
    public void LoadingReportsItsProgress()
    {
        var progress = new ProgressList();
        using CudaModelRunner runner = Create(TinyModels.Config(), CudaRunners.Exact with { Progress = progress });
        Assert.Equal(4 * 2 + 2, progress.Reports.Count); // matrices of two layers, embedding and head
        Assert.Equal(progress.Reports.OrderBy(report => report.Done), progress.Reports);
        Assert.Equal(progress.Reports[^1].Total, progress.Reports[^1].Done);
    }

    [Fact]
    public void WeightsThatDoNotFitTheirConfigurationAreNamed()
    {
        _ = Device.Device;
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config());
        LayerWeights broken = weights.Layers[1] with { Down = weights.Layers[1].Down with { Columns = 159 } };
        using var wrong = new ModelWeights(
            weights.Config, weights.Embedding, [weights.Layers[0], broken], weights.FinalNorm, weights.LmHead, null);
        var refusal = Assert.Throws<ArgumentException>(() => CudaRunners.Create(wrong));
        Assert.Contains("layers.1.mlp.down_proj.weight", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADisposedRunnerThrows()
    {
        CudaModelRunner runner = Create(TinyModels.Config(), CudaRunners.Exact);
        int sequence = runner.OpenSequence(10);
        runner.Dispose();
        runner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => runner.Forward(new ForwardStep()));
        Assert.Throws<ObjectDisposedException>(() => runner.OpenSequence(10));
        Assert.Throws<ObjectDisposedException>(() => runner.ReadLogits(0, new float[512]));
        Assert.Throws<ObjectDisposedException>(() => runner.BeginReadTokens(sequence, 0, 1));
        Assert.Throws<ObjectDisposedException>(() => runner.CloseSequence(sequence));
    }

    private static (double Deviation, double Largest) Difference(float[] actual, float[] expected)
    {
        double[] errors = [.. actual.Zip(expected, (a, e) => Math.Abs((double)a - e))];
        Assert.All(errors, error => Assert.True(double.IsFinite(error)));
        return (Math.Sqrt(errors.Average(error => error * error)), errors.Max());
    }

    private CudaModelRunner Create(ModelConfig config, CudaSetup options)
    {
        _ = Device.Device;
        using ModelWeights weights = TinyModels.InMemory(config);
        return CudaRunners.Create(weights, options);
    }

    /// <summary>Bits of everything that some steps of different sizes leave behind.</summary>
    private static uint[] Trace(CudaModelRunner runner)
    {
        int sequence = runner.OpenSequence(100), mask = runner.Config.MaskTokenId!.Value;
        runner.WriteTokens(sequence, 0, [.. Enumerable.Range(0, 80).Select(i => i < 40 ? i * 7 % 300 : mask)]);
        var bits = new List<uint>();
        for (int turn = 0; turn < 3; turn++)
        {
            ForwardStep step = EveryKindOfWork(sequence, count: 3);
            if (turn == 2) step.AddLogits(sequence, new TokenRange(40, 70));
            runner.Forward(step);
            var logits = new float[runner.Config.VocabularySize];
            for (int i = 0; i < step.LogitsCount; i++)
            {
                runner.ReadLogits(i, logits);
                bits.AddRange(logits.Select(BitConverter.SingleToUInt32Bits));
            }

            var tokens = new int[100];
            var confidences = new float[100];
            runner.ReadTokens(sequence, 0, tokens);
            runner.ReadConfidences(sequence, 0, confidences);
            bits.AddRange(tokens.Select(token => (uint)token));
            bits.AddRange(confidences.Select(BitConverter.SingleToUInt32Bits));
        }

        return [.. bits];
    }
}
