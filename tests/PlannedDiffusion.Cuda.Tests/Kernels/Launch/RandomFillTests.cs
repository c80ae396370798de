using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class RandomFillTests(TestDevice device) : KernelTests(device)
{
    private const int Rows = 7, Columns = 93, Stride = 128;

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void NumbersAreUniformAndPaddingIsLeftAlone(bool bFloat16, int isFloat)
    {
        bool halves = bFloat16 && isFloat == 0;
        float[] values = Fill(bFloat16, isFloat, seed: 5, halves);

        float[][] rows = [.. values.Chunk(Stride)];
        float[] written = [.. rows.SelectMany(row => row[..Columns])];
        Assert.All(rows.SelectMany(row => row[Columns..]), value => Assert.True(float.IsNaN(value)));
        Assert.All(written, value => Assert.InRange(value, 2.5f - 0.02f, 3.5f + 0.02f));
        Assert.InRange(written.Average(), 2.96, 3.04);
        // Uniform between 2.5 and 3.5: a standard deviation of 0.289.
        Assert.InRange(Math.Sqrt(written.Average(value => Math.Pow(value - 3, 2))), 0.27, 0.31);
        Assert.InRange(written.Count(value => value < 2.6f) / (double)written.Length, 0.06, 0.14);
    }

    [Fact]
    public void TheSeedDecides()
    {
        float[] values = Fill(false, 0, seed: 5, false);

        Assert.Equal(values, Fill(false, 0, seed: 5, false));
        float[] others = Fill(false, 0, seed: 6, false);
        Assert.InRange(values.Zip(others).Count(pair => pair.First == pair.Second), 0, 3);
    }

    [Fact]
    public void ParametersAreThoseOfTheKernel() => ParameterLayout.AssertEqual<RandomFillParameters>(
        Device, "random_fill.cu", Options(true));

    [Fact]
    public void ARandomNetworkComputes()
    {
        ModelConfig config = TinyModels.Config(hidden: 96, mlp: 100, heads: 6, kvHeads: 2, headSize: 16);

        float[] logits = Logits(config, seed: 1);

        Assert.All(logits, logit => Assert.True(float.IsFinite(logit)));
        Assert.InRange(logits.Max() - logits.Min(), 0.5, 100);
        Assert.Equal(logits, Logits(config, seed: 1));
        Assert.NotEqual(logits, Logits(config, seed: 2));
    }

    private float[] Fill(bool bFloat16, int isFloat, ulong seed, bool halves)
    {
        ulong address = Device.Allocate<float>(Rows * Stride);
        new RandomFillKernel(Device.Library, Options(bFloat16)).Launch(Device.Stream, new RandomFillParameters
        {
            Out = address,
            Seed = seed,
            Rows = Rows,
            Columns = Columns,
            Stride = Stride,
            IsFloat = isFloat,
            Mean = 3,
            Range = 0.5f,
        });
        return DownloadElements(address, Rows * Stride, halves);
    }

    private float[] Logits(ModelConfig config, int seed)
    {
        _ = Device.Device; // skips where there is none
        var limits = new RunnerLimits { MaxSequences = 1, MaxPositions = 16, MaxRowsPerStep = 8 };
        using var runner = CudaModelRunner.CreateRandom(
            config,
            seed,
            new RunnerOptions { Limits = limits },
            new CudaRunnerOptions { KernelCacheFolder = TestDevice.Folders()?.CacheFolder });
        int sequence = runner.OpenSequence(8);
        runner.WriteTokens(sequence, 0, [3, 1, 4, 1, 5]);
        var step = new ForwardStep();
        step.AddRows(sequence, new TokenRange(0, 5), AttentionRange.CausalFrom(0, 5));
        step.AddLogits(sequence, new TokenRange(4, 5));
        runner.Forward(step);
        var logits = new float[config.VocabularySize];
        runner.ReadLogits(0, logits);
        return logits;
    }
}
