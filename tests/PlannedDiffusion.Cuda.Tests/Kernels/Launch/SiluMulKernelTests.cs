using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Numerics;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class SiluMulKernelTests(TestDevice device) : CudaTests(device)
{
    [Theory]
    [InlineData(true, 1, 64, 1)]
    [InlineData(true, 7, 1088, 3)]
    [InlineData(true, 300, 128, 1)]
    [InlineData(false, 1, 64, 2)]
    [InlineData(false, 33, 1024, 1)]
    [InlineData(false, 5, 2112, 2)]
    public void SplitsAreSummedThenGatesMultiplyTheirUps(bool bfloat16, int rows, int width, int splits)
    {
        var random = new Random(width);
        float[] product = [.. Enumerable.Range(0, splits * rows * 2 * width).Select(_ => random.NextSingle() * 16 - 8)];
        ulong output = bfloat16 ? Device.Allocate<ushort>(rows * width) : Device.Allocate<float>(rows * width);
        new SiluMulKernel(Device.Library, new KernelOptions(bfloat16)).Launch(Device.Stream, new SiluMulParameters
        {
            Out = output,
            Product = Device.Upload(product),
            Rows = rows,
            Width = width,
            Splits = splits,
        });

        float[] actual = Download(bfloat16, output, rows * width);
        double rounding = Tolerances.Activation + (bfloat16 ? Tolerances.BFloat16Rounding : 0);
        for (int i = 0; i < actual.Length; i++)
        {
            int column = i % width, gateColumn = column / 8 * 16 + column % 8;
            (double gate, double gateMagnitude) = Sum(gateColumn);
            (double up, double upMagnitude) = Sum(gateColumn + 8);
            double silu = gate / (1 + Math.Exp(-gate));
            double bound = rounding * Math.Abs(silu * up)
                + Tolerances.Rounding * (1.1 * gateMagnitude * Math.Abs(up) + Math.Abs(silu) * upMagnitude);
            Assert.InRange(actual[i] - silu * up, -bound, bound);

            (double, double) Sum(int at)
            {
                var terms = Enumerable.Range(0, splits)
                    .Select(split => (double)product[(split * rows + i / width) * 2 * width + at]);
                return (terms.Sum(), terms.Sum(Math.Abs));
            }
        }
    }

    [Fact]
    public void GatesFarFromZeroGiveZeroOrTheUp()
    {
        float[] product = [.. Enumerable.Repeat(-200f, 4), .. Enumerable.Repeat(200f, 4), .. Enumerable.Repeat(3f, 8),
            .. new float[112]];
        ulong output = Device.Allocate<float>(64);
        new SiluMulKernel(Device.Library, new KernelOptions(false)).Launch(Device.Stream, new SiluMulParameters
        {
            Out = output,
            Product = Device.Upload(product),
            Rows = 1,
            Width = 64,
            Splits = 1,
        });

        float[] expected = [0, 0, 0, 0, 600, 600, 600, 600, .. new float[56]];
        Assert.Equal(expected, Device.Download<float>(output, 64).Select(value => value + 0f));
    }

    [Fact]
    public void TheStructIsTheKernels() => ParameterLayout.AssertEqual<SiluMulParameters>(
        Device, "silu_mul.cu", new KernelOptions(true));

    private float[] Download(bool bfloat16, ulong address, int count)
    {
        if (!bfloat16) return Device.Download<float>(address, count);
        var values = new float[count];
        BFloat16.ToSingle(Device.Download<ushort>(address, count), values);
        return values;
    }
}
