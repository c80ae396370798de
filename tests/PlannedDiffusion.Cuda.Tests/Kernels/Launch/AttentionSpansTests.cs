using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Forward;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class AttentionSpansTests(TestDevice device) : CudaTests(device)
{
    private const double Bound = AttentionTolerances.BFloat16Weights;

    [Theory]
    [InlineData(6, 2, 12)]
    [InlineData(4, 2, 16)]
    [InlineData(7, 1, 32)]
    [InlineData(6, 3, 64)]
    [InlineData(4, 2, 80)]
    [InlineData(8, 2, 128)]
    [InlineData(2, 1, 256)]
    [InlineData(2, 2, 48)]
    [InlineData(40, 1, 16)]
    public void IsCloseToDoublePrecision(int heads, int kvHeads, int headSize)
    {
        AttentionStep step = new AttentionStep()
            .Sequence(80).Causal(70, 73)
            .Sequence(8).Causal(0, 1)
            .Sequence(200).Spans(33, 1, 7, 1, 66)
            .Sequence(90).Dense(20, 64);
        Check(new AttentionShape(heads, kvHeads, headSize), step);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(512)]
    public void PrefixesOfEachLengthAreShared(int prefix)
    {
        AttentionStep step = new AttentionStep().Sequence(700).Spans(prefix, 0, 3, 1, 30);
        Check(new AttentionShape(6, 2, 16), step);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(100)]
    public void PromptsOfEachLengthAreCausal(int rows)
    {
        Check(new AttentionShape(7, 1, 16), new AttentionStep().Sequence(rows).Causal(0, rows));
        Check(new AttentionShape(4, 2, 32), new AttentionStep().Sequence(rows + 90).Causal(90, 90 + rows));
    }

    [Fact]
    public void StagesMayMeetInOneStep()
    {
        AttentionStep step = new AttentionStep()
            .Sequence(150).Spans(40, 0, 20, 20, 20).Causal(120, 121)
            .Sequence(150).Spans(64, 2, 5, 5, 5, 5).Group(30, 33, new AttentionRange(30, new TokenRange(30, 40), false))
            .Sequence(150).Dense(0, 100)
            .Sequence(70).Causal(0, 70);
        Check(new AttentionShape(6, 2, 16), step);
        Check(new AttentionShape(3, 3, 32), step);
    }

    [Fact]
    public void TheShapeOfSevenBillionWeights()
    {
        AttentionStep step = new AttentionStep().Sequence(600).Spans(512, 0, 12, 11);
        Check(new AttentionShape(28, 4, 128), step);
    }

    [Fact]
    public void SingleRowsGiveTheSame()
    {
        AttentionStep step = new AttentionStep()
            .Sequence(200).Spans(40, 1, 20, 1, 30).Causal(150, 151)
            .Sequence(100).Causal(30, 60);
        var layer = new AttentionLayer(new AttentionShape(6, 2, 64), step, bFloat16: true);
        float[] single = layer.Run(Device, spans: false, targetBlocks: 100);
        float[] together = layer.Run(Device, spans: true, targetBlocks: 100);
        double largest = single.Max(MathF.Abs);
        for (int i = 0; i < single.Length; i++)
            Assert.InRange(together[i] - single[i], -largest * Bound, largest * Bound);
    }

    [Fact]
    public void LargeScoresDoNotOverflow()
    {
        AttentionStep step = new AttentionStep().Sequence(300).Spans(100, 3, 20, 30);
        var layer = new AttentionLayer(new AttentionShape(6, 2, 16), step, bFloat16: true, scoreSize: 500);
        layer.AssertClose(layer.Run(Device, spans: true, targetBlocks: 0), Bound);
        layer.AssertClose(layer.Run(Device, spans: true, targetBlocks: 100), Bound);
    }

    [Fact]
    public void ASmallGridServesAnyNumberOfItems()
    {
        AttentionStep step = new AttentionStep().Sequence(300).Spans(100, 0, 40, 50);
        var layer = new AttentionLayer(new AttentionShape(6, 2, 16), step, bFloat16: true);
        float[] wide = layer.Run(Device, spans: true, targetBlocks: 100);
        float[] narrow = layer.Run(Device, spans: true, targetBlocks: 100, blocks: 2);
        Assert.Equal(wide, narrow);
    }

    [Fact]
    public void ParametersLieAsTheKernelHasThem()
    {
        foreach (bool bFloat16 in new[] { true, false })
        {
            var options = new AttentionShape(6, 2, 12).Specialise(new KernelOptions(bFloat16));
            ParameterLayout.AssertEqual<AttentionParameters>(Device, "attention_spans.cu", options);
        }
    }

    [Fact]
    public void OnlyShapesThatFitAreSupported()
    {
        const int H200 = 227 << 10, A100 = 163 << 10;
        Assert.True(AttentionSpansKernel.Supports(new AttentionShape(28, 4, 128), true, A100));
        Assert.False(AttentionSpansKernel.Supports(new AttentionShape(28, 4, 128), false, H200));
        Assert.True(AttentionSpansKernel.Supports(new AttentionShape(8, 4, 256), true, H200));
        Assert.False(AttentionSpansKernel.Supports(new AttentionShape(8, 4, 256), true, A100));
        Assert.False(AttentionSpansKernel.Supports(new AttentionShape(65, 1, 64), true, H200));
        Assert.Equal(87040, AttentionSpansKernel.SharedBytes(new AttentionShape(28, 4, 128)));
    }

    // Whole, and in as many splits as there are tiles.
    private void Check(AttentionShape shape, AttentionStep step)
    {
        var layer = new AttentionLayer(shape, step, bFloat16: true);
        foreach (int targetBlocks in new[] { 0, 10000 })
            layer.AssertClose(layer.Run(Device, spans: true, targetBlocks), Bound);
    }
}
