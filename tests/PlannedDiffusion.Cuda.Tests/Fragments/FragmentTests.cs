using PlannedDiffusion.Numerics;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Fragments;

/// <summary>
/// Which lane holds which element, by the tables of the instruction set. The simulated driver and a real GPU must both
/// agree with them; what a real GPU held, kept as data, holds the simulated driver's emulation as well.
/// </summary>
public sealed class FragmentTests(TestDevice device) : CudaTests(device)
{
    private const int Lanes = FragmentInputs.Lanes;

    // Relative errors that the instruction set allows: 2^-22 and a little less for most.
    private const double Approximation = 4e-7;

    [Fact]
    public void MmaHoldsRowsByFoursOfLanes()
    {
        var expected = new float[4 * Lanes];
        for (int lane = 0; lane < Lanes; lane++)
        {
            for (int i = 0; i < 4; i++)
            {
                int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
                expected[4 * lane + i] = FragmentInputs.C[4 * lane + i]
                    + Enumerable.Range(0, 16).Sum(k => ElementOfA(row, k) * ElementOfB(k, column));
            }
        }

        Assert.Equal(expected, Dump().Mma.Select(BitConverter.UInt32BitsToSingle));
    }

    [Fact]
    public void LdMatrixGivesEachLaneTwoNeighboursOfARow()
    {
        FragmentDump dump = Dump();

        Assert.Equal(Expected((matrix, row, column) => Element(matrix, row, column)), dump.LdMatrix);
        Assert.Equal(Expected((matrix, row, column) => Element(matrix, column, row)), dump.LdMatrixTransposed);

        static uint Element(int matrix, int row, int column) => FragmentInputs.Matrices[64 * matrix + 8 * row + column];

        static uint[] Expected(Func<int, int, int, uint> element) =>
        [
            .. Enumerable.Range(0, 4 * Lanes).Select(word =>
            {
                int lane = word / 4, matrix = word % 4;
                return element(matrix, lane / 4, lane % 4 * 2) | element(matrix, lane / 4, lane % 4 * 2 + 1) << 16;
            }),
        ];
    }

    [Fact]
    public void CopiesThatAreNotValidWriteZeros()
    {
        IEnumerable<uint> expected = FragmentInputs.CopySource.Select((word, i) =>
            i / 4 % Lanes % 3 == i / (4 * Lanes) ? 0 : word);

        Assert.Equal(expected, Dump().CopyAsync);
    }

    [Fact]
    public void ScalarsAreWithinWhatTheInstructionsPromise()
    {
        uint[] results = Dump().Scalars;
        for (int i = 0; i < FragmentInputs.X.Length; i++)
        {
            float x = FragmentInputs.X[i], y = FragmentInputs.Y[i];
            float flushed = Flush(x);
            Close(Math.Pow(2, flushed), 6 * i, "exp2");
            Close(Math.Log2(flushed), 6 * i + 1, "log2");
            Close(1 / Math.Sqrt(flushed), 6 * i + 2, "rsqrt");
            Close(1.0 / flushed, 6 * i + 3, "rcp");
            float larger = float.IsNaN(x) ? y : float.IsNaN(y) ? x : Math.Max(x, y);
            Assert.Equal(larger, BitConverter.UInt32BitsToSingle(results[6 * i + 4]));
            Assert.Equal(Pack(x) | (uint)Pack(y) << 16, results[6 * i + 5]);

            void Close(double expected, int index, string what)
            {
                float value = BitConverter.UInt32BitsToSingle(results[index]);
                if (Math.Abs(expected) > float.MaxValue) expected = Math.Sign(expected) * double.PositiveInfinity;
                bool equal = double.IsNaN(expected) ? float.IsNaN(value)
                    : double.IsInfinity(expected) ? value == expected
                    : Math.Abs(value - expected) <= Approximation * Math.Max(Math.Abs(expected), what == "log2" ? 1 : 0)
                        + 1.2e-38;
                Assert.True(equal, $"{what}({x:R}) is {value:R}, not {expected:R}");
            }
        }
    }

    /// <summary>The comparison itself first: with its own file, and with a changed word.</summary>
    [Fact]
    public void RealDevicesHeldTheSame()
    {
        FragmentDump here = Dump();
        FragmentDump read = FragmentDump.Parse(here.ToJson());
        Assert.Equal("", here.DifferenceFrom(read));
        read.LdMatrix[17] ^= 1;
        read.Scalars[5] ^= 1;
        Assert.Equal("ldmatrix, cvt.rn.bf16x2", here.DifferenceFrom(read));

        FragmentDump[] real = FragmentDump.OfRealDevices();
        Assert.NotEmpty(real);
        Assert.All(real, device => Assert.Equal("", here.DifferenceFrom(device)));
    }

    private FragmentDump Dump()
    {
        FragmentDump dump = FragmentRun.On(Device);
        dump.WriteIfAsked();
        return dump;
    }

    // Lane l has rows l / 4 and l / 4 + 8 of a, and of each the columns 2 (l % 4), + 1, and both + 8.
    private static float ElementOfA(int row, int k)
    {
        int lane = row % 8 * 4 + k % 8 / 2, word = row / 8 + k / 8 * 2;
        return Half(FragmentInputs.A[4 * lane + word], k % 2);
    }

    // Lane l has column l / 4 of b, and of it the rows 2 (l % 4), + 1, and both + 8.
    private static float ElementOfB(int k, int column)
    {
        int lane = column * 4 + k % 8 / 2;
        return Half(FragmentInputs.B[2 * lane + k / 8], k % 2);
    }

    private static float Half(uint word, int half) => BFloat16.ToSingle((ushort)(word >> (16 * half)));

    private static float Flush(float x) => float.IsSubnormal(x) ? MathF.CopySign(0, x) : x;

    private static ushort Pack(float x) => float.IsNaN(x) ? (ushort)0x7FFF : BFloat16.FromSingle(x);
}
