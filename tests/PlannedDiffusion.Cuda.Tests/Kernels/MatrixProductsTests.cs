using PlannedDiffusion.Cuda.Kernels;
using PlannedDiffusion.Cuda.Runtime;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels;

public sealed class MatrixProductsTests(TestDevice device) : CudaTests(device)
{
    private static readonly int[] Buckets = [1, 2, 3, 7, 8, 16, 33, 64, 100, 128, 256, 300];

    [Theory]
    [InlineData(true, (int)ProductResult.Partial, 131, 1100)]
    [InlineData(true, (int)ProductResult.Whole, 72, 100)]
    [InlineData(true, (int)ProductResult.SiluMul, 100, 72)]
    [InlineData(false, (int)ProductResult.Partial, 131, 700)]
    [InlineData(false, (int)ProductResult.Whole, 72, 100)]
    [InlineData(false, (int)ProductResult.SiluMul, 100, 72)]
    public void EveryBucketHasAProductOfOurs(bool bfloat16, int result, int outputs, int inputs)
    {
        var products = new MatrixProducts(Device.Library, bfloat16, null);
        foreach (int rows in Buckets)
        {
            var data = new ProductData((ProductResult)result, outputs, inputs, rows, Math.Max(1, rows - 2), bfloat16);
            data.Check(Device, products.For(data.Shape, rows));
            Device.Free();
        }
    }

    [Fact]
    public void FewRowsAreStreamedAndMoreAreTiled()
    {
        var products = new MatrixProducts(Device.Library, true, null);
        var shape = new ProductShape(64, 128, ProductResult.Partial);
        Assert.IsType<GemvKernel>(products.For(shape, 8));
        Assert.IsType<GemmKernel>(products.For(shape, 9));
        Assert.IsType<GemmKernel>(products.For(shape, 512));
    }

    [Fact]
    public void CuBlasTakesManyRowsWhereItMay()
    {
        using CuBlas cuBlas = LoadCuBlas();
        var shape = new ProductShape(64, 128, ProductResult.Partial);
        var automatic = new MatrixProducts(Device.Library, true, cuBlas);
        Assert.IsType<GemmKernel>(automatic.For(shape, 128));
        Assert.IsType<CuBlasProduct>(automatic.For(shape, 256));
        Assert.IsType<GemmKernel>(new MatrixProducts(Device.Library, true, cuBlas, ProductChoice.Own).For(shape, 256));
        Assert.IsType<CuBlasProduct>(
            new MatrixProducts(Device.Library, true, cuBlas, ProductChoice.CuBlas).For(shape, 1));
        // f32 is for comparisons: ours, which is the same everywhere.
        Assert.IsType<GemmKernel>(new MatrixProducts(Device.Library, false, cuBlas).For(shape, 256));
    }

    [Fact]
    public void CuBlasThatIsNotInstalledIsRefused() => Assert.Throws<InvalidOperationException>(
        () => new MatrixProducts(Device.Library, true, null, ProductChoice.CuBlas));

    [Theory]
    [InlineData(true, (int)ProductResult.Partial, 131, 72, 1)]
    [InlineData(true, (int)ProductResult.Whole, 72, 200, 300)]
    [InlineData(true, (int)ProductResult.SiluMul, 100, 131, 33)]
    [InlineData(false, (int)ProductResult.Partial, 131, 72, 64)]
    [InlineData(false, (int)ProductResult.SiluMul, 72, 100, 7)]
    public void ProductsOfCuBlasAreThoseOfTheReference(bool bfloat16, int result, int outputs, int inputs, int rows)
    {
        using CuBlas cuBlas = LoadCuBlas();
        var products = new MatrixProducts(Device.Library, bfloat16, cuBlas, ProductChoice.CuBlas);
        var data = new ProductData((ProductResult)result, outputs, inputs, rows, Math.Max(1, rows - 2), bfloat16);
        data.Check(Device, products.For(data.Shape, rows));
    }

    [Fact]
    public void TheFastestOfTheMeasuredIsPreferredFromThenOn()
    {
        using CuBlas cuBlas = LoadCuBlas();
        var products = new MatrixProducts(Device.Library, true, cuBlas);
        var shape = new ProductShape(128, 64, ProductResult.SiluMul);
        int[] buckets = [4, 16];
        IReadOnlyList<ProductTiming> timings =
            new ProductTimings(Device.Device, Device.Stream, true).Measure(products, [shape], buckets);

        foreach (int rows in buckets)
        {
            ProductTiming[] ofRows = [.. timings.Where(timing => timing.Product.Rows == rows)];
            Assert.Contains(ofRows, timing => timing.Product is CuBlasProduct);
            Assert.Contains(ofRows, timing => timing.Product is GemmKernel);
            Assert.Equal(ofRows.OrderBy(timing => timing.Microseconds), ofRows);
            Assert.Same(ofRows[0].Product, products.For(shape, rows));
            Assert.Equal(shape.Outputs * shape.Inputs * 2, ofRows[0].WeightBytes);
        }
    }

    private CuBlas LoadCuBlas()
    {
        CuBlas? cuBlas = CuBlas.TryLoad(Device.Device, Device.Stream, 1 << 20);
        Assert.SkipWhen(cuBlas is null, "cuBLAS is not installed.");
        return cuBlas!;
    }
}
