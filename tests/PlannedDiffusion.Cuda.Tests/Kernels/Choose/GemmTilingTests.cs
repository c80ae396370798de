using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Choose;

public sealed class GemmTilingTests
{
    private static readonly DeviceFigures Device = DeviceFigures.H100;

    private static int Multiprocessors => Device.Multiprocessors;

    private static int Shared => Device.SharedBytes;

    private static DeviceFigures H200 => DeviceFigures.H100 with { PeakMemoryRate = 2 * 3.201e9 * 6144 / 8 };

    public static TheoryData<int, int, int> Products()
    {
        var cases = new TheoryData<int, int, int>();
        foreach (int rows in new[] { 1, 9, 16, 33, 64, 100, 128, 256, 300 })
        {
            cases.Add(4608, 3584, rows);
            cases.Add(3584, 3584, rows);
            cases.Add(37888, 3584, rows);
            cases.Add(3584, 18944, rows);
            cases.Add(64, 64, rows);
            cases.Add(192, 576, rows);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void SplitsCoverTheInputsAndNoneIsEmpty(int outputs, int inputs, int rows)
    {
        var shape = new ProductShape(outputs, inputs, ProductResult.Partial);
        GemmTiling[] tilings = GemmTilings.Candidates(shape, rows, true, Device);
        Assert.NotEmpty(tilings);
        foreach (GemmTiling tiling in tilings)
        {
            Assert.True(tiling.Splits * tiling.SplitInputs >= inputs);
            Assert.True((tiling.Splits - 1) * tiling.SplitInputs < inputs);
            Assert.InRange(tiling.Tile.SharedBytes(Shared), 1, Shared);
            (int rowTiles, int columnTiles, _) = tiling.Grid(shape, rows);
            Assert.True(rowTiles * tiling.Tile.Rows >= rows && columnTiles * tiling.Tile.Columns >= outputs);
        }
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void WholeResultsHaveOneSplit(int outputs, int inputs, int rows)
    {
        var shape = new ProductShape(outputs, inputs, ProductResult.Whole);
        foreach (bool bfloat16 in new[] { true, false })
        {
            GemmTiling[] tilings = GemmTilings.Candidates(shape, rows, bfloat16, Device);
            Assert.NotEmpty(tilings);
            Assert.All(tilings, tiling => Assert.Equal(1, tiling.Splits));
        }
    }

    [Theory]
    [InlineData(4608, 3584)]
    [InlineData(3584, 3584)]
    [InlineData(3584, 18944)]
    public void FewTilesAreSplitUntilTheDeviceIsBusy(int outputs, int inputs)
    {
        var shape = new ProductShape(outputs, inputs, ProductResult.Partial);
        foreach (int rows in new[] { 16, 64, 128 })
        {
            GemmTiling best = GemmTilings.Candidates(shape, rows, true, Device)[0];
            (int rowTiles, int columnTiles, int splits) = best.Grid(shape, rows);
            Assert.InRange(rowTiles * columnTiles * splits, Multiprocessors * 2 / 3, 4 * Multiprocessors);
        }
    }

    [Fact]
    public void LittleSharedMemoryLeavesSmallTiles()
    {
        var shape = new ProductShape(37888, 3584, ProductResult.SiluMul);
        GemmTiling[] tilings = GemmTilings.Candidates(
            shape, 128, true, DeviceFigures.A100 with { SharedBytes = 99 << 10 });
        Assert.NotEmpty(tilings);
        Assert.All(tilings, tiling => Assert.InRange(tiling.Tile.SharedBytes(99 << 10), 1, 99 << 10));
    }

    /// <summary>What an H200 was measured to do: tiles that it ran faster than others stand before them.</summary>
    [Theory]
    [InlineData(4608, 3584, 64, 192, 5, 192, 4)]       // 15.1 and 16.2 us
    [InlineData(4608, 3584, 128, 192, 5, 192, 4)]      // 20.2 and 21.9
    [InlineData(3584, 3584, 128, 128, 4, 192, 5)]      // 16.7 and 18.9
    [InlineData(152064, 3584, 96, 192, 1, 320, 1)]     // 393 and 410
    [InlineData(152064, 3584, 128, 192, 1, 320, 1)]    // 401 and 420
    public void FasterTilesComeFirst(
        int outputs, int inputs, int rows, int fastColumns, int fastSplits, int slowColumns, int slowSplits)
    {
        ProductResult result = fastSplits > 1 ? ProductResult.Partial : ProductResult.Whole;
        (int, int)[] order =
        [
            .. GemmTilings.Candidates(new ProductShape(outputs, inputs, result), rows, true, H200)
                .Select(tiling => (tiling.Tile.Columns, tiling.Splits)),
        ];
        int fast = Array.IndexOf(order, (fastColumns, fastSplits));
        Assert.InRange(fast, 0, Array.IndexOf(order, (slowColumns, slowSplits)) - 1);
    }

    /// <summary>As measured: a copy, the tensor cores by mma.sync, and an H100's memory.</summary>
    [Fact]
    public void RatesComeFromClocksAndTheMemoryBus()
    {
        Assert.InRange(H200.MemoryRate, 4.2e12, 4.4e12);
        Assert.InRange(H200.MultiplyRateOfOne, 2.65e12, 2.75e12);
        Assert.InRange(DeviceFigures.H100.MemoryRate, 2.9e12, 3.05e12);
        Assert.InRange(DeviceFigures.A100.MemoryRate, 1.7e12, 1.85e12);
        Assert.Equal(H200.MultiplyRateOfOne / 2, (H200 with { Hertz = H200.Hertz / 2 }).MultiplyRateOfOne);
    }

    [Theory]
    [InlineData(63, 64)]
    [InlineData(64, 100)]
    [InlineData(0, 64)]
    public void WidthsThatAreNotPaddedAreRefused(int outputs, int inputs) => Assert.Throws<ArgumentException>(
        () => new ProductShape(outputs, inputs, ProductResult.Whole).Validate());

    [Fact]
    public void GateAndUpMustFillTheOutputs() => Assert.Throws<ArgumentException>(
        () => new ProductShape(192, 64, ProductResult.SiluMul).Validate());
}
