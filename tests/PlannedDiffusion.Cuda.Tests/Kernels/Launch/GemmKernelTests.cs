using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Kernels.Launch;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Launch;

public sealed class GemmKernelTests(TestDevice device) : CudaTests(device)
{
    /// <summary>
    /// Tile rows and columns, outputs, inputs, rows, splits: every size of tile, tiles that the matrix fills in part,
    /// a last split that is shorter, and fewer inputs than the ring of shared memory holds.
    /// </summary>
    [Theory]
    [InlineData(16, 64, 131, 72, 9, 1)]
    [InlineData(16, 128, 200, 1000, 16, 3)]
    [InlineData(16, 320, 700, 320, 16, 2)]
    [InlineData(32, 64, 100, 640, 17, 5)]
    [InlineData(32, 256, 300, 200, 32, 1)]
    [InlineData(32, 192, 192, 4608, 33, 7)]
    [InlineData(64, 128, 131, 60, 64, 1)]
    [InlineData(64, 256, 600, 448, 50, 2)]
    [InlineData(64, 192, 72, 512, 64, 4)]
    [InlineData(128, 64, 72, 320, 100, 2)]
    [InlineData(128, 128, 250, 131, 128, 1)]
    [InlineData(128, 320, 330, 384, 256, 3)]
    [InlineData(128, 256, 260, 72, 300, 1)]
    public void SumsOfTensorCoresAreThoseOfTheReference(
        int tileRows, int tileColumns, int outputs, int inputs, int rows, int splits)
    {
        var tile = new BlockTile(tileRows, tileColumns, true);
        Check(ProductResult.Partial, tile, outputs, inputs, rows, rows, splits);
        Check(ProductResult.SiluMul, tile, outputs, inputs, rows, rows, 1);
    }

    [Theory]
    [InlineData(131, 72, 1, 1)]
    [InlineData(72, 200, 7, 2)]
    [InlineData(100, 1000, 64, 3)]
    [InlineData(64, 64, 100, 1)]
    [InlineData(200, 320, 300, 5)]
    public void SumsOfPlainTilesAreThoseOfTheReference(int outputs, int inputs, int rows, int splits)
    {
        Check(ProductResult.Partial, BlockTile.Float32, outputs, inputs, rows, rows, splits);
        Check(ProductResult.SiluMul, BlockTile.Float32, outputs, inputs, rows, rows, 1);
    }

    [Theory]
    [InlineData(16, true, 16, 3)]
    [InlineData(64, true, 64, 33)]
    [InlineData(128, true, 300, 129)]
    [InlineData(64, false, 100, 65)]
    public void RowsBehindTheRealOnesReachNoOther(int tileRows, bool bfloat16, int rows, int realRows)
    {
        var tile = new BlockTile(tileRows, 64, bfloat16);
        Check(ProductResult.Partial, tile, 72, 300, rows, realRows, 2);
        Check(ProductResult.SiluMul, tile, 72, 300, rows, realRows, 1);
    }

    [Theory]
    [InlineData(16, 320, true, 9, 3)]
    [InlineData(64, 192, true, 64, 2)]
    [InlineData(128, 320, true, 100, 1)]
    [InlineData(64, 64, false, 70, 2)]
    public void OnlyWeightsAreReadBeforeTheKernelBeforeHasEnded(
        int tileRows, int tileColumns, bool bfloat16, int rows, int splits)
    {
        var tile = new BlockTile(tileRows, tileColumns, bfloat16);
        Check(ProductResult.Partial, tile, 330, 1000, rows, rows, splits, overlapped: true);
        Check(ProductResult.SiluMul, tile, 330, 1000, rows, rows, 1, overlapped: true);
    }

    [Fact]
    public void TheStructIsTheKernels()
    {
        KernelOptions options = new KernelOptions(true).With(("TILE_ROWS", 16), ("TILE_COLUMNS", 64), ("STAGES", 4));
        ParameterLayout.AssertEqual<GemmParameters>(Device, "gemm.cu", options);
    }

    [Fact]
    public void ATileThatDoesNotFitIsRefused()
    {
        GemmTiling tiling = Tiling(new BlockTile(128, 320, true), 64, 1);
        Assert.Throws<ArgumentException>(() => new GemmKernel(
            Device.Library, new KernelOptions(true), new(64, 64, ProductResult.Whole), 64, tiling, 99 << 10));
    }

    [Fact]
    public void OnlyAPartialResultHasSplits()
    {
        GemmTiling tiling = Tiling(BlockTile.Float32, 256, 2);
        foreach (ProductResult result in new[] { ProductResult.Whole, ProductResult.SiluMul })
        {
            Assert.Throws<ArgumentException>(() => new GemmKernel(
                Device.Library, new KernelOptions(false), new(128, 256, result), 64, tiling, 0));
        }
    }

    private void Check(
        ProductResult result, BlockTile tile, int outputs, int inputs, int rows, int realRows, int splits,
        bool overlapped = false)
    {
        int shared = Device.Device.MaxSharedBytesPerBlock;
        Assert.SkipUnless(tile.Fits(shared), $"{tile} needs more than the {shared} bytes of shared memory of a block.");
        var data = new ProductData(result, outputs, inputs, rows, realRows, tile.BFloat16);
        GemmTiling tiling = Tiling(tile, data.Shape.Inputs, splits);
        Assert.Equal(splits, tiling.Splits);
        var options = new KernelOptions(tile.BFloat16);
        data.Check(Device, new GemmKernel(Device.Library, options, data.Shape, rows, tiling, shared), overlapped);
    }

    private static GemmTiling Tiling(BlockTile tile, int inputs, int splits) => GemmTiling.Split(tile, inputs, splits);
}
