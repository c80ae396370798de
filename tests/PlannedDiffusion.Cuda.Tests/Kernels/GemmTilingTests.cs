using PlannedDiffusion.Cuda.Kernels;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels;

public sealed class GemmTilingTests
{
    private const int Multiprocessors = 132;
    private const int Shared = 227 << 10;

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
        GemmTiling[] tilings = GemmTiling.Candidates(shape, rows, true, Multiprocessors, Shared);
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
            GemmTiling[] tilings = GemmTiling.Candidates(shape, rows, bfloat16, Multiprocessors, Shared);
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
            GemmTiling best = GemmTiling.Candidates(shape, rows, true, Multiprocessors, Shared)[0];
            (int rowTiles, int columnTiles, int splits) = best.Grid(shape, rows);
            Assert.InRange(rowTiles * columnTiles * splits, Multiprocessors * 2 / 3, 4 * Multiprocessors);
        }
    }

    [Fact]
    public void LittleSharedMemoryLeavesSmallTiles()
    {
        var shape = new ProductShape(37888, 3584, ProductResult.SiluMul);
        GemmTiling[] tilings = GemmTiling.Candidates(shape, 128, true, 108, 99 << 10);
        Assert.NotEmpty(tilings);
        Assert.All(tilings, tiling => Assert.InRange(tiling.Tile.SharedBytes(99 << 10), 1, 99 << 10));
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
