using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Forward;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class EmbeddingTests(TestDevice device) : KernelTests(device)
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 64)]
    [InlineData(false, 193)]
    [InlineData(true, 60)]
    [InlineData(true, 64)]
    [InlineData(true, 1030)]
    public void RowsBecomeTheEmbeddingsOfTheirTokens(bool bFloat16, int hidden)
    {
        const int vocabulary = 37, bucket = 16, rows = 7, pool = 50;
        int width = Width(hidden);
        var random = new Random(hidden);
        float[] table = Padded(Normal(random, vocabulary * hidden), hidden, width);
        int[] tokens = [.. Enumerable.Range(0, pool).Select(_ => random.Next(vocabulary))];
        tokens[49] = UnmaskGroup.BrokenToken; // becomes that of any token
        StepRow[] steps =
            [.. Enumerable.Range(0, bucket).Select(i => new StepRow { Pool = i < rows ? 49 - 3 * i : -1 })];
        float[] before = new float[bucket * width];
        Array.Fill(before, Untouched);

        var kernel = new EmbeddingKernel(Device.Library, Options(bFloat16));
        ulong residual = Device.Upload(before);
        kernel.Launch(Device.Stream, new EmbeddingParameters
        {
            Residual = residual,
            Table = UploadElements(table, bFloat16),
            Tokens = Device.Upload(tokens),
            Rows = Device.Upload(steps),
            Header = UploadHeader(new StepHeader { Rows = rows }),
            Hidden = hidden,
            Width = width,
        }, bucket);

        float[] actual = Device.Download<float>(residual, bucket * width);
        for (int i = 0; i < actual.Length; i++)
        {
            (int row, int column) = (i / width, i % width);
            float expected = row >= rows ? Untouched
                : Element(table[Math.Max(0, tokens[steps[row].Pool]) * width + column], bFloat16);
            Assert.Equal(expected, actual[i]);
        }
    }

    [Fact]
    public void ParametersAreThoseOfTheKernel() => ParameterLayout.AssertEqual<EmbeddingParameters>(
        Device, "embedding.cu", Options(false));
}
