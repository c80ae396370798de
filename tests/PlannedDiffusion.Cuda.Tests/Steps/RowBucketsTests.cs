using PlannedDiffusion.Cuda.Steps;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Steps;

public sealed class RowBucketsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(48)]
    [InlineData(512)]
    [InlineData(700)]
    [InlineData(5000)]
    public void EachCountHasTheSmallestBucketThatHoldsIt(int most)
    {
        var buckets = new RowBuckets(most, withNone: false);
        int[] sizes = [.. Enumerable.Range(0, buckets.Count).Select(buckets.Size)];
        Assert.Equal(sizes.Order().Distinct(), sizes);
        Assert.Equal(1, sizes[0]);
        Assert.Equal(most, sizes[^1]);
        for (int rows = 1; rows <= most; rows++)
            Assert.Equal(sizes.First(size => size >= rows), buckets.Size(buckets.IndexOf(rows)));
    }

    [Fact]
    public void NoneHasABucketOfItsOwn()
    {
        var buckets = new RowBuckets(96, withNone: true);
        Assert.Equal(0, buckets.Size(buckets.IndexOf(0)));
        Assert.Equal(1, buckets.Size(buckets.IndexOf(1)));
    }

    [Fact]
    public void WhereRowsCostTheirArithmeticFewAreComputedForNothing()
    {
        var buckets = new RowBuckets(1024, withNone: false);
        for (int rows = 129; rows <= 1024; rows++)
            Assert.InRange(buckets.Size(buckets.IndexOf(rows)), rows, 1.25 * rows);
    }
}
