using PlannedDiffusion.Cuda.Kernels.Launch;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

/// <summary>
/// Readers of a split product load several planes together and still add them one after the other, in their order: to
/// the bit what a loop of f32 additions gives.
/// </summary>
public sealed class SplitSumTests(TestDevice device) : KernelTests(device)
{
    private const int Bucket = 3, Rows = 2, Columns = 64;

    public static TheoryData<int> PlaneCounts => [1, 2, 3, 4, 5, 7, 8, 9, 11, 14, 16];

    [Theory]
    [MemberData(nameof(PlaneCounts))]
    public void TheResidualStreamGetsThePlanesInTheirOrder(int planes)
    {
        float[] residual = Numbers(1, Bucket * Columns), delta = Numbers(2, planes * Bucket * Columns);
        // A sum of nothing but -0 is 0.
        for (int i = 0; i < residual.Length; i += Columns) residual[i] = -0f;
        for (int i = 0; i < delta.Length; i += Columns) delta[i] = -0f;
        ulong stream = Device.Upload(residual);
        new RmsNormKernel(Device.Library, Options(false)).Launch(Device.Stream, new RmsNormParameters
        {
            Out = Device.Allocate<float>(Bucket * Columns),
            Residual = stream,
            Delta = Device.Upload(delta),
            Weight = Device.Upload(Numbers(3, Columns)),
            Header = UploadHeader(new StepHeader { Rows = Rows }),
            Splits = planes,
            Bucket = Bucket,
            Hidden = Columns,
            Width = Columns,
            Epsilon = 1e-6f,
        }, Bucket);
        AssertSums(residual, delta, planes, Device.Download<float>(stream, Rows * Columns));
    }

    [Theory]
    [MemberData(nameof(PlaneCounts))]
    public void KeysAndValuesAreThePlanesInTheirOrder(int planes)
    {
        // One head of each kind, at position 0, where nothing turns; 10 is a head whose halves are not aligned.
        foreach (int headSize in new[] { 16, 10 })
        {
            float[] product = Numbers(headSize, planes * Bucket * Columns), bias = Numbers(5, Columns);
            ulong keys = Device.Allocate<float>(Rows * 16), values = Device.Allocate<float>(Rows * 16);
            new RopeStoreKvKernel(Device.Library, Options(false, ("HEAD_SIZE", $"{headSize}"))).Launch(
                Device.Stream,
                new RopeStoreKvParameters
                {
                    Query = Device.Allocate<float>(Bucket * 16),
                    Keys = keys,
                    Values = values,
                    Product = Device.Upload(product),
                    Bias = Device.Upload(bias),
                    Rotary = Device.Upload<float>([.. Enumerable.Range(0, headSize).Select(i => i % 2 == 0 ? 1f : 0)]),
                    Rows = Device.Upload<StepRow>([new() { Pool = 0 }, new() { Pool = 1 }, default]),
                    Header = UploadHeader(new StepHeader { Rows = Rows }),
                    Splits = planes,
                    Bucket = Bucket,
                    Width = Columns,
                    Heads = 1,
                    KvHeads = 1,
                    PoolPositions = Rows,
                }, Bucket);
            float[] biases = [.. Enumerable.Repeat(bias, Bucket).SelectMany(row => row)];
            float[] expected = Sums(biases, product, planes);
            foreach ((ulong pool, int head) in new[] { (keys, 1), (values, 2) })
            {
                float[] actual = Device.Download<float>(pool, Rows * 16);
                for (int row = 0; row < Rows; row++)
                {
                    AssertBits(
                        expected.AsSpan(row * Columns + head * headSize, headSize), actual.AsSpan(row * 16, headSize));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(PlaneCounts))]
    public void GatesAndUpsAreThePlanesInTheirOrder(int planes)
    {
        const int Width = 64;
        var random = new Random(planes);
        // Gates so far above zero that SiLU leaves them as they are.
        int values = planes * Rows * 2 * Width;
        float[] product = [.. Enumerable.Range(0, values).Select(_ => 60 + 40 * random.NextSingle())];
        ulong output = Device.Allocate<float>(Rows * Width);
        new SiluMulKernel(Device.Library, Options(false)).Launch(Device.Stream, new SiluMulParameters
        {
            Out = output,
            Product = Device.Upload(product),
            Rows = Rows,
            Width = Width,
            Splits = planes,
        });
        float[] sums = Sums(new float[Rows * 2 * Width], product, planes);
        float[] expected = [.. Enumerable.Range(0, Rows * Width).Select(i =>
        {
            int gate = i / Width * 2 * Width + i % Width / 8 * 16 + i % 8;
            return sums[gate] * sums[gate + 8];
        })];
        AssertBits(expected, Device.Download<float>(output, expected.Length));
    }

    private static void AssertSums(float[] first, float[] planes, int count, float[] actual)
    {
        float[] expected = Sums(first, planes, count);
        AssertBits(expected.AsSpan(0, actual.Length), actual);
        if (count < 4) return;
        // The order can be seen in these numbers.
        float[] backwards = Sums(first, [.. planes.Chunk(first.Length).Reverse().SelectMany(plane => plane)], count);
        Assert.NotEqual(backwards, expected);
    }

    private static float[] Sums(float[] first, float[] planes, int count)
    {
        var sums = new float[first.Length];
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += first[i];
            for (int plane = 0; plane < count; plane++) sums[i] += planes[plane * sums.Length + i];
        }

        return sums;
    }

    private static void AssertBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual) => Assert.Equal(
        expected.ToArray().Select(BitConverter.SingleToInt32Bits),
        actual.ToArray().Select(BitConverter.SingleToInt32Bits));

    /// <summary>Of many sizes, so that each order of adding them has its own rounding.</summary>
    private static float[] Numbers(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * MathF.Exp(random.Next(9)))];
    }
}
