using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Launch;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class GemvKernelTests(TestDevice device) : CudaTests(device)
{
    /// <summary>
    /// Few multiprocessors make two tiles a block, many make one; the inputs leave the warps of a block none, one, an
    /// even and an odd number of parts.
    /// </summary>
    public static TheoryData<bool, int, int, int, int> Products()
    {
        var cases = new TheoryData<bool, int, int, int, int>();
        foreach (bool bfloat16 in new[] { true, false })
        {
            foreach (int multiprocessors in new[] { 1, 132 })
            {
                cases.Add(bfloat16, multiprocessors, 131, 72, 1);
                cases.Add(bfloat16, multiprocessors, 100, 131, 2);
                cases.Add(bfloat16, multiprocessors, 200, 1000, 3);
                cases.Add(bfloat16, multiprocessors, 64, 512, 4);
                cases.Add(bfloat16, multiprocessors, 129, 4608, 7);
                cases.Add(bfloat16, multiprocessors, 320, 700, 8);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void SumsAreThoseOfTheReference(bool bfloat16, int multiprocessors, int outputs, int inputs, int rows) =>
        Check(ProductResult.Whole, bfloat16, multiprocessors, outputs, inputs, rows, rows);

    [Theory]
    [MemberData(nameof(Products))]
    public void GatesMultiplyTheirUps(bool bfloat16, int multiprocessors, int outputs, int inputs, int rows) =>
        Check(ProductResult.SiluMul, bfloat16, multiprocessors, outputs, inputs, rows, rows);

    [Theory]
    [InlineData(true, 2, 1)]
    [InlineData(true, 8, 5)]
    [InlineData(false, 4, 3)]
    [InlineData(false, 8, 7)]
    public void RowsBehindTheRealOnesReachNoOther(bool bfloat16, int rows, int realRows)
    {
        Check(ProductResult.Whole, bfloat16, 132, 72, 200, rows, realRows);
        Check(ProductResult.SiluMul, bfloat16, 132, 72, 200, rows, realRows);
    }

    /// <summary>The input has been written twice, so a simulated driver can tell it from weights.</summary>
    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 132)]
    [InlineData(false, 132)]
    public void OnlyWeightsAreReadBeforeTheKernelBeforeHasEnded(bool bfloat16, int multiprocessors)
    {
        foreach (ProductResult result in new[] { ProductResult.Whole, ProductResult.SiluMul })
            Check(result, bfloat16, multiprocessors, 129, 4608, 7, 7, overlapped: true);
    }

    [Fact]
    public void TheStructIsTheKernels() => ParameterLayout.AssertEqual<GemvParameters>(
        Device, "gemv.cu", new KernelOptions(true).With(("TILES", 1)));

    [Fact]
    public void MoreRowsThanAFragmentHasAreRefused() => Assert.Throws<ArgumentOutOfRangeException>(
        () => new GemvKernel(Device.Library, new KernelOptions(true), new(64, 64, ProductResult.Whole), 9, 132));

    private void Check(
        ProductResult result, bool bfloat16, int multiprocessors, int outputs, int inputs, int rows, int realRows,
        bool overlapped = false)
    {
        var data = new ProductData(result, outputs, inputs, rows, realRows, bfloat16);
        var product = new GemvKernel(Device.Library, new KernelOptions(bfloat16), data.Shape, rows, multiprocessors);
        data.Check(Device, product, overlapped);
    }
}
