using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Launch;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class AttentionDecodeTests(TestDevice device) : CudaTests(device)
{
    [Theory]
    [MemberData(nameof(Shapes))]
    public void IsCloseToDoublePrecision(int heads, int kvHeads, int headSize, bool bFloat16)
    {
        AttentionStep step = new AttentionStep()
            .Sequence(80).Causal(70, 73)
            .Sequence(8).Causal(0, 1)
            .Sequence(120).Spans(33, 1, 7, 1, 20);
        Check(new AttentionShape(heads, kvHeads, headSize), step, bFloat16, targetBlocks: 0);
        Check(new AttentionShape(heads, kvHeads, headSize), step, bFloat16, targetBlocks: 1000);
    }

    public static IEnumerable<TheoryDataRow<int, int, int, bool>> Shapes() =>
        from shape in new AttentionShape[]
        {
            new(6, 2, 12), new(4, 2, 16), new(7, 1, 32), new(6, 3, 64), new(4, 2, 80), new(28, 4, 128), new(2, 1, 256),
            new(10, 1, 24),
        }
        from bFloat16 in new[] { true, false }
        select new TheoryDataRow<int, int, int, bool>(shape.Heads, shape.KvHeads, shape.HeadSize, bFloat16);

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(513)]
    public void OneRowSeesEachNumberOfKeys(int keys)
    {
        AttentionStep step = new AttentionStep().Sequence(keys + 1).Causal(keys - 1, keys);
        Check(new AttentionShape(4, 2, 64), step, bFloat16: true, targetBlocks: 0);
        Check(new AttentionShape(4, 2, 64), step, bFloat16: true, targetBlocks: 2 * 132);
        Check(new AttentionShape(4, 2, 64), step, bFloat16: false, targetBlocks: 2 * 132);
    }

    [Fact]
    public void LargeScoresDoNotOverflow()
    {
        AttentionStep step = new AttentionStep().Sequence(300).Causal(290, 292);
        var layer = new AttentionLayer(new AttentionShape(6, 2, 16), step, bFloat16: true, scoreSize: 500);
        layer.AssertClose(layer.Run(Device, spans: false, targetBlocks: 0), AttentionTolerances.BFloat16Output);
        layer.AssertClose(layer.Run(Device, spans: false, targetBlocks: 100), AttentionTolerances.BFloat16Output);
    }

    [Fact]
    public void ASmallGridServesAnyNumberOfItems()
    {
        AttentionStep step = new AttentionStep().Sequence(100).Causal(60, 75);
        var layer = new AttentionLayer(new AttentionShape(6, 2, 12), step, bFloat16: true);
        float[] wide = layer.Run(Device, spans: false, targetBlocks: 100);
        float[] narrow = layer.Run(Device, spans: false, targetBlocks: 100, blocks: 2);
        Assert.Equal(wide, narrow);
    }

    [Fact]
    public void ParametersLieAsTheKernelsHaveThem()
    {
        var options = new AttentionShape(6, 2, 12).Specialise(new KernelOptions(true));
        ParameterLayout.AssertEqual<AttentionParameters>(Device, "attention_decode.cu", options);
        ParameterLayout.AssertEqual<AttentionCombineParameters>(Device, "attention_combine.cu", options);
    }

    private void Check(AttentionShape shape, AttentionStep step, bool bFloat16, int targetBlocks)
    {
        var layer = new AttentionLayer(shape, step, bFloat16);
        float[] output = layer.Run(Device, spans: false, targetBlocks);
        layer.AssertClose(output, bFloat16 ? AttentionTolerances.BFloat16Output : AttentionTolerances.F32);
    }
}
