using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class RmsNormTests(TestDevice device) : KernelTests(device)
{
    private const float Epsilon = 1e-6f;
    private const int Bucket = 9, Rows = 7;

    public static TheoryData<bool, int, int> Cases()
    {
        var cases = new TheoryData<bool, int, int>();
        foreach (bool bFloat16 in new[] { false, true })
        {
            foreach (int hidden in new[] { 1, 62, 64, 333, 896, 5000, 16384 })
            {
                foreach (int splits in new[] { 0, 1, 3 }) cases.Add(bFloat16, hidden, splits);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void RowsAreAddedToAndNormalised(bool bFloat16, int hidden, int splits)
    {
        var inputs = new Inputs(hidden, splits);
        (float[] residual, float[] output) = Run(inputs, bFloat16, gather: null, outRows: Bucket);
        for (int row = 0; row < Bucket; row++)
        {
            Span<float> left = residual.AsSpan(row * inputs.Width, inputs.Width);
            if (row >= Rows)
            {
                Assert.Equal(inputs.Residual.AsSpan(row * inputs.Width, inputs.Width), left);
                Assert.True(IsUntouched(output.AsSpan(row * inputs.Width, inputs.Width), bFloat16));
                continue;
            }

            AssertSum(inputs, row, left);
            AssertNorm(inputs, row, output.AsSpan(row * inputs.Width, inputs.Width), bFloat16);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ListedRowsArePackedAndTheResidualStays(bool bFloat16)
    {
        var inputs = new Inputs(hidden: 200, splits: 2);
        int[] gather = [6, 0, 5, 5, 99, 99];
        (float[] residual, float[] output) = Run(inputs, bFloat16, gather, outRows: 6);
        Assert.Equal(inputs.Residual, residual);
        for (int i = 0; i < 6; i++)
        {
            Span<float> row = output.AsSpan(i * inputs.Width, inputs.Width);
            if (i < 4) AssertNorm(inputs, gather[i], row, bFloat16);
            else Assert.True(IsUntouched(row, bFloat16));
        }
    }

    [Fact]
    public void TinyAndLargeRowsKeepTheirPrecision()
    {
        foreach (float scale in new[] { 1e-12f, 1e-3f, 1e5f })
        {
            var inputs = new Inputs(hidden: 300, splits: 0, scale);
            (_, float[] output) = Run(inputs, bFloat16: false, gather: null, outRows: Bucket);
            for (int row = 0; row < Rows; row++)
                AssertNorm(inputs, row, output.AsSpan(row * inputs.Width, inputs.Width), false);
        }
    }

    [Fact]
    public void ParametersAreThoseOfTheKernel() => ParameterLayout.AssertEqual<RmsNormParameters>(
        Device, "rms_norm.cu", Options(false));

    private (float[] Residual, float[] Output) Run(Inputs inputs, bool bFloat16, int[]? gather, int outRows)
    {
        int count = outRows * inputs.Width;
        ulong residual = Device.Upload(inputs.Residual);
        ulong output = bFloat16 ? Device.Allocate<ushort>(count) : Device.Allocate<float>(count);
        new RmsNormKernel(Device.Library, Options(bFloat16)).Launch(Device.Stream, new RmsNormParameters
        {
            Out = output,
            Residual = residual,
            Delta = inputs.Splits > 0 ? Device.Upload(inputs.Delta) : 0,
            Weight = Device.Upload(inputs.Weight),
            Gather = gather is null ? 0 : Device.Upload(gather),
            Header = UploadHeader(new StepHeader { Rows = Rows, LogitsRows = 4 }),
            Splits = inputs.Splits,
            Bucket = Bucket,
            Hidden = inputs.Hidden,
            Width = inputs.Width,
            Epsilon = Epsilon,
        }, outRows);
        float[] normed = DownloadElements(output, count, bFloat16);
        return (Device.Download<float>(residual, inputs.Residual.Length), normed);
    }

    // The host's fill is NaN in both element types.
    private static bool IsUntouched(ReadOnlySpan<float> row, bool bFloat16)
    {
        foreach (float value in row)
        {
            if (!float.IsNaN(value)) return false;
        }

        return row.Length > 0 || bFloat16;
    }

    private static void AssertSum(Inputs inputs, int row, ReadOnlySpan<float> actual)
    {
        for (int i = 0; i < inputs.Hidden; i++)
        {
            ReferenceSum expected = inputs.Sum(row, i);
            Assert.Equal(expected.Value, actual[i], Tolerances.Rounding * expected.Magnitude + 1e-40);
        }
    }

    private static void AssertNorm(Inputs inputs, int row, ReadOnlySpan<float> actual, bool bFloat16)
    {
        float[] x = [.. Enumerable.Range(0, inputs.Hidden).Select(i => (float)inputs.Sum(row, i).Value)];
        double[] expected = ReferenceOps.RmsNorm(x, inputs.Weight.AsSpan(0, inputs.Hidden), Epsilon);
        for (int i = 0; i < inputs.Hidden; i++)
        {
            double magnitude = inputs.Sum(row, i).Magnitude / Math.Max(Math.Abs(x[i]), 1e-30) * Math.Abs(expected[i]);
            double bound = 3 * Tolerances.Rounding * Math.Max(Math.Abs(expected[i]), magnitude);
            Assert.Equal(expected[i], actual[i], bound + ElementRounding(bFloat16) * Math.Abs(expected[i]) + 1e-30);
        }

        for (int i = inputs.Hidden; i < inputs.Width; i++) Assert.Equal(0, actual[i]);
    }

    private sealed class Inputs
    {
        public Inputs(int hidden, int splits, float scale = 1)
        {
            (Hidden, Splits, Width) = (hidden, splits, KernelTests.Width(hidden));
            var random = new Random(hidden + splits);
            Residual = Padded(Normal(random, Bucket * hidden, scale), hidden, Width);
            Delta = Padded(Normal(random, splits * Bucket * hidden), hidden, Width);
            Weight = Padded(Normal(random, hidden), hidden, Width);
            // What stands behind the step's rows must not matter, nor behind the columns of a product.
            for (int i = Rows * Width; i < Residual.Length; i++) Residual[i] = Untouched;
            for (int split = 0; split < splits; split++)
                Array.Fill(Delta, float.NaN, (split * Bucket + Rows) * Width, (Bucket - Rows) * Width);
            for (int i = 0; i < Delta.Length; i++)
            {
                if (i % Width >= hidden) Delta[i] = float.NaN;
            }
        }

        public int Hidden { get; }

        public int Width { get; }

        public int Splits { get; }

        public float[] Residual { get; }

        public float[] Delta { get; }

        public float[] Weight { get; }

        public ReferenceSum Sum(int row, int column)
        {
            double sum = Residual[row * Width + column], magnitude = Math.Abs(sum);
            for (int split = 0; split < Splits; split++)
            {
                double value = Delta[(split * Bucket + row) * Width + column];
                (sum, magnitude) = (sum + value, magnitude + Math.Abs(value));
            }

            return new ReferenceSum(sum, magnitude);
        }
    }
}
