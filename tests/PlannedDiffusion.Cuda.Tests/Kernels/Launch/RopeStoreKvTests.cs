using System.Globalization;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class RopeStoreKvTests(TestDevice device) : KernelTests(device)
{
    private const double Theta = 10000;
    private const int Bucket = 6, Rows = 5, Pool = 40, Positions = 50;

    public static TheoryData<bool, int, int, int, int> Cases()
    {
        var cases = new TheoryData<bool, int, int, int, int>();
        foreach (bool bFloat16 in new[] { false, true })
        {
            cases.Add(bFloat16, 128, 28, 4, 1);
            cases.Add(bFloat16, 64, 6, 2, 3);
            cases.Add(bFloat16, 16, 4, 2, 2);
            cases.Add(bFloat16, 24, 3, 1, 1);
            cases.Add(bFloat16, 12, 2, 1, 2); // halves that are not aligned to 16 bytes
            cases.Add(bFloat16, 10, 3, 3, 1);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void QueriesGoOutAndKeysAndValuesIntoThePool(
        bool bFloat16, int headSize, int heads, int kvHeads, int splits)
    {
        var shape = new Shape(headSize, heads, kvHeads, splits);
        var random = new Random(headSize);
        float[] product = Normal(random, splits * Bucket * shape.Width);
        // Rows beyond the step, and columns beyond the parts, may hold anything.
        for (int i = 0; i < product.Length; i++)
        {
            if (i / shape.Width % Bucket >= Rows || i % shape.Width >= shape.Columns) product[i] = float.NaN;
        }

        float[] bias = Padded(Normal(random, shape.Columns), shape.Columns, shape.Width);
        // Two spans, written to their own ranges of the pool by one launch; the last row is not of the step.
        int[] pools = [3, 4, 5, 30, 31, 0], positions = [0, 1, 2, 17, 49, 49];
        StepRow[] rows = [.. pools.Zip(positions, (pool, at) => new StepRow { Pool = pool, Position = at })];
        (ulong query, ulong keys, ulong values) = Run(shape, bFloat16, product, bias, rows);

        float[] queries = DownloadElements(query, Bucket * heads * shape.HeadWidth, bFloat16);
        float[] keyPool = DownloadElements(keys, kvHeads * Pool * shape.HeadWidth, bFloat16);
        float[] valuePool = DownloadElements(values, kvHeads * Pool * shape.HeadWidth, bFloat16);
        for (int row = 0; row < Rows; row++)
        {
            for (int head = 0; head < heads + 2 * kvHeads; head++)
            {
                ReferenceSum[] expected = shape.Head(product, bias, row, head);
                ReadOnlySpan<float> actual = head < heads ? queries.AsSpan((row * heads + head) * shape.HeadWidth)
                    : head < heads + kvHeads ? keyPool.AsSpan(((head - heads) * Pool + pools[row]) * shape.HeadWidth)
                    : valuePool.AsSpan(((head - heads - kvHeads) * Pool + pools[row]) * shape.HeadWidth);
                bool rotated = head < heads + kvHeads;
                AssertHead(expected, rotated ? positions[row] : 0, actual[..shape.HeadWidth], bFloat16);
            }
        }

        Assert.True(queries.AsSpan(Rows * heads * shape.HeadWidth).ToArray().All(float.IsNaN));
        for (int i = 0; i < keyPool.Length; i++)
        {
            bool written = pools.AsSpan(0, Rows).Contains(i / shape.HeadWidth % Pool);
            Assert.Equal(written, !float.IsNaN(keyPool[i]));
            Assert.Equal(written, !float.IsNaN(valuePool[i]));
        }
    }

    [Fact]
    public void ParametersAreThoseOfTheKernel() => ParameterLayout.AssertEqual<RopeStoreKvParameters>(
        Device, "rope_store_kv.cu", Options(false, ("HEAD_SIZE", "64")));

    private (ulong Query, ulong Keys, ulong Values) Run(
        Shape shape, bool bFloat16, float[] product, float[] bias, StepRow[] rows)
    {
        ulong query = AllocateElements(Bucket * shape.Heads * shape.HeadWidth, bFloat16);
        ulong keys = AllocateElements(shape.KvHeads * Pool * shape.HeadWidth, bFloat16);
        ulong values = AllocateElements(shape.KvHeads * Pool * shape.HeadWidth, bFloat16);
        string headSize = shape.HeadSize.ToString(CultureInfo.InvariantCulture);
        var kernel = new RopeStoreKvKernel(Device.Library, Options(bFloat16, ("HEAD_SIZE", headSize)));
        kernel.Launch(Device.Stream, new RopeStoreKvParameters
        {
            Query = query,
            Keys = keys,
            Values = values,
            Product = Device.Upload(product),
            Bias = Device.Upload(bias),
            Rotary = Device.Upload(RotaryTable(shape.HeadSize)),
            Rows = Device.Upload(rows),
            Header = UploadHeader(new StepHeader { Rows = Rows }),
            Splits = shape.Splits,
            Bucket = Bucket,
            Width = shape.Width,
            Heads = shape.Heads,
            KvHeads = shape.KvHeads,
            PoolPositions = Pool,
        }, Bucket);
        return (query, keys, values);
    }

    private ulong AllocateElements(int count, bool bFloat16) =>
        bFloat16 ? Device.Allocate<ushort>(count) : Device.Allocate<float>(count);

    private static float[] RotaryTable(int headSize)
    {
        float[] table = new float[Positions * headSize];
        for (int i = 0; i < table.Length; i += 2)
        {
            double angle = i / headSize * Math.Pow(Theta, -(double)(i % headSize) / headSize);
            (table[i], table[i + 1]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
        }

        return table;
    }

    private static void AssertHead(ReferenceSum[] head, int position, ReadOnlySpan<float> actual, bool bFloat16)
    {
        // A value is not rotated, which is what position 0 does.
        double[] expected = ReferenceOps.Rotate([.. head.Select(x => (float)x.Value)], position, Theta);
        for (int i = 0; i < head.Length; i++)
        {
            double magnitude = head[i].Magnitude + head[(i + head.Length / 2) % head.Length].Magnitude;
            double bound = 2 * Tolerances.Rounding * magnitude + ElementRounding(bFloat16) * Math.Abs(expected[i]);
            Assert.Equal(expected[i], actual[i], bound);
        }

        for (int i = head.Length; i < actual.Length; i++) Assert.Equal(0, actual[i]);
    }

    private sealed record Shape(int HeadSize, int Heads, int KvHeads, int Splits)
    {
        public int Columns => (Heads + 2 * KvHeads) * HeadSize;

        public int Width => KernelTests.Width(Columns);

        public int HeadWidth => (HeadSize + 15) / 16 * 16;

        public ReferenceSum[] Head(float[] product, float[] bias, int row, int head) =>
        [
            .. Enumerable.Range(head * HeadSize, HeadSize).Select(column =>
            {
                double sum = bias[column], magnitude = Math.Abs(sum);
                for (int split = 0; split < Splits; split++)
                {
                    double value = product[(split * Bucket + row) * Width + column];
                    (sum, magnitude) = (sum + value, magnitude + Math.Abs(value));
                }

                return new ReferenceSum(sum, magnitude);
            }),
        ];
    }
}
