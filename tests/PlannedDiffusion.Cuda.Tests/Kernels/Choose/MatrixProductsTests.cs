using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Cuda.Tests.Kernels.Launch;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Choose;

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
        var products = new MatrixProducts(Device.Library, bfloat16, null, ProductTables.None);
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
        var products = new MatrixProducts(Device.Library, true, null, ProductTables.None);
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
        var automatic = new MatrixProducts(Device.Library, true, cuBlas, ProductTables.None);
        Assert.IsType<GemmKernel>(automatic.For(shape, 64));
        Assert.IsType<CuBlasProduct>(automatic.For(shape, 65));
        Assert.IsType<GemmKernel>(Products(true, cuBlas, ProductChoice.Own).For(shape, 256));
        Assert.IsType<CuBlasProduct>(Products(true, cuBlas, ProductChoice.CuBlas).For(shape, 1));
        // f32 is for comparisons: ours, which is the same everywhere.
        Assert.IsType<GemmKernel>(Products(false, cuBlas).For(shape, 256));
    }

    [Fact]
    public void CuBlasThatIsNotInstalledIsRefused() => Assert.Throws<InvalidOperationException>(
        () => Products(true, null, ProductChoice.CuBlas));

    [Theory]
    [InlineData(true, (int)ProductResult.Partial, 131, 72, 1)]
    [InlineData(true, (int)ProductResult.Whole, 72, 200, 300)]
    [InlineData(true, (int)ProductResult.SiluMul, 100, 131, 33)]
    [InlineData(false, (int)ProductResult.Partial, 131, 72, 64)]
    [InlineData(false, (int)ProductResult.SiluMul, 72, 100, 7)]
    public void ProductsOfCuBlasAreThoseOfTheReference(bool bfloat16, int result, int outputs, int inputs, int rows)
    {
        using CuBlas cuBlas = LoadCuBlas();
        var products = Products(bfloat16, cuBlas, ProductChoice.CuBlas);
        var data = new ProductData((ProductResult)result, outputs, inputs, rows, Math.Max(1, rows - 2), bfloat16);
        data.Check(Device, products.For(data.Shape, rows));
    }

    /// <summary>What stands in the rows that cuBLAS computes for nothing is NaN, and reaches no other.</summary>
    [Theory]
    [InlineData((int)ProductResult.Partial, 131, 72, 130, 256)]
    [InlineData((int)ProductResult.Whole, 72, 200, 5, 20)]
    [InlineData((int)ProductResult.SiluMul, 100, 131, 33, 64)]
    public void CuBlasMayComputeMoreRowsThanThereAre(int result, int outputs, int inputs, int rows, int called)
    {
        using CuBlas cuBlas = LoadCuBlas();
        var data = new ProductData((ProductResult)result, outputs, inputs, rows, rows - 2, bfloat16: true);
        var product = new CuBlasProduct(Device.Library, new(bFloat16: true), cuBlas, data.Shape, rows, called);
        data.Check(Device, product);
        Assert.Equal($"cuBLAS, {called} rows", product.Description);
    }

    [Fact]
    public void ATableChoosesUpToItsLastLine()
    {
        using CuBlas cuBlas = LoadCuBlas();
        var shape = new ProductShape(128, 1024, ProductResult.Partial);
        GemmTiling small = GemmTiling.Split(new BlockTile(16, 64, true), 1024, 4);
        GemmTiling large = GemmTiling.Split(new BlockTile(64, 128, true), 1024, 2);
        var table = new ProductTable(
            "GPU", 1, true, "here",
            [new(shape, [new(8, null, 0), new(16, small, 0), new(24, large, 32), new(100, large, 0)])]);
        var both = new MatrixProducts(Device.Library, true, cuBlas, ProductTables.Of(table));
        var own = new MatrixProducts(Device.Library, true, null, ProductTables.Of(table));
        Assert.IsType<GemvKernel>(both.For(shape, 3));
        Assert.Equal("gemm 16 x 64, 4 splits", both.For(shape, 16).Description);
        Assert.Equal("cuBLAS, 32 rows", both.For(shape, 17).Description);
        Assert.Equal("gemm 64 x 128, 2 splits", own.For(shape, 17).Description);
        Assert.Equal("gemm 64 x 128, 2 splits", both.For(shape, 100).Description);
        // Beyond it, and for all that it does not list, the rule.
        Assert.Equal("cuBLAS", both.For(shape, 101).Description);
        Assert.IsType<GemmKernel>(own.For(shape, 101));
        Assert.Equal("cuBLAS", both.For(shape with { Outputs = 64 }, 65).Description);
        Assert.IsType<GemvKernel>(both.For(shape with { Result = ProductResult.Whole }, 8));
        // f32 is for comparisons, and not in tables.
        var exact = new MatrixProducts(Device.Library, false, null, ProductTables.Of(table));
        Assert.IsType<GemvKernel>(exact.For(shape, 8));
    }

    /// <summary>Whoever multiplies: one kernel, tiled in one way, for all buckets of few rows.</summary>
    [Fact]
    public void FewRowsHaveOneProduct()
    {
        using CuBlas cuBlas = LoadCuBlas();
        var shape = new ProductShape(128, 1024, ProductResult.Partial);
        GemmTiling small = GemmTiling.Split(new BlockTile(16, 64, true), 1024, 4);
        ProductLine[] lines = [new(8, null, 0), new(16, small, 0), new(24, null, 0), new(16, small, 32)];
        MatrixProducts[] all =
        [
            .. lines.Select(line => new MatrixProducts(
                Device.Library, true, cuBlas,
                ProductTables.Of(new ProductTable("GPU", 1, true, "here", [new(shape, [line])])))),
            Products(true, cuBlas), Products(false, cuBlas), Products(true, cuBlas, ProductChoice.Own),
            Products(true, cuBlas, ProductChoice.CuBlas), Products(false, cuBlas, ProductChoice.CuBlas),
        ];
        foreach (MatrixProducts products in all)
        {
            ProductLine Way(int rows) => ProductLine.Of(products.For(shape, rows)) with { Rows = 0 };
            foreach (int rows in (int[])[2, 3, 4, 6, 8]) Assert.Equal(Way(1), Way(rows));
        }
    }

    [Fact]
    public void MeasuredIsWhatIsChosenAndWhatElseIsWorthIt()
    {
        using CuBlas cuBlas = LoadCuBlas();
        var products = new MatrixProducts(Device.Library, true, cuBlas, ProductTables.None);
        var shape = new ProductShape(128, 64, ProductResult.SiluMul);
        int[] buckets = [4, 16];
        IReadOnlyList<ProductTiming> timings =
            new ProductTimings(Device.Device, Device.Stream, true).Measure(products, [shape], buckets);

        foreach (int rows in buckets)
        {
            ProductTiming[] ofRows = [.. timings.Where(timing => timing.Product.Rows == rows)];
            string[] descriptions = [.. ofRows.Select(timing => timing.Product.Description)];
            Assert.Contains(rows < 8 ? "cuBLAS, 8 rows" : "cuBLAS", descriptions);
            Assert.Contains(products.For(shape, rows).Description, descriptions);
            Assert.Contains(ofRows, timing => timing.Product is GemmKernel);
            Assert.Equal(descriptions, descriptions.Distinct());
            Assert.Equal(ofRows.OrderBy(timing => timing.Microseconds), ofRows);
            Assert.Equal(shape.Outputs * shape.Inputs * 2, ofRows[0].WeightBytes);
        }

        Assert.Contains(timings, timing => timing.Product.Description == "cuBLAS, 64 rows");
    }

    private MatrixProducts Products(
        bool bfloat16, CuBlas? cuBlas, ProductChoice choice = ProductChoice.Automatic) =>
        new(Device.Library, bfloat16, cuBlas, ProductTables.None, choice);

    private CuBlas LoadCuBlas()
    {
        Assert.SkipUnless(Device.Device.Libraries.HasCuBlas, "cuBLAS is not installed.");
        return CuBlas.Load(Device.Device, Device.Stream, 1 << 20);
    }
}
