using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>The rows of a step that the measured times allow.</summary>
public sealed class MeasuredStepsTests
{
    /// <summary>Rows and microseconds of a 7B model on an H200.</summary>
    internal static readonly (int Rows, int Microseconds)[] H200 =
    [
        (1, 3861), (16, 4150), (32, 4480), (64, 5000), (96, 6750), (128, 7300), (160, 7293), (192, 7285), (224, 7832),
        (256, 8432), (512, 13663), (640, 15583), (1024, 21343),
    ];

    /// <summary>The same with better kernels.</summary>
    private static readonly (int Rows, int Microseconds)[] Goal =
    [
        (1, 3550), (16, 3800), (32, 3900), (64, 4100), (128, 4500), (256, 5800), (320, 6725), (384, 7650), (512, 9500),
    ];

    [Fact]
    public void TheBudgetIsTheLargestBucketWithinTheStretch()
    {
        Assert.Equal(192, Budget(2, H200));
        Assert.Equal(320, Budget(2, Goal));
        Assert.Equal(64, Budget(1.4, H200));
        Assert.Equal(512, Budget(4, H200));
    }

    [Fact]
    public void BeforeAnythingIsKnownItIsSmall()
    {
        Assert.Equal(MeasuredSteps.UnknownBudget, Budget(2));
        Assert.Equal(MeasuredSteps.UnknownBudget, Budget(2, (1, 3861)));
        Assert.Equal(MeasuredSteps.UnknownBudget, Budget(2, (448, 12_000)));
    }

    /// <summary>With many writers at all times, their steps are the shortest.</summary>
    [Fact]
    public void StepsOfAllWritersStandForThoseOfOne() =>
        Assert.Equal(192, Budget(1.5, [.. H200.Where(point => point.Rows >= 64)]));

    [Fact]
    public void ItGrowsAsStepsOfMoreRowsAreMeasured()
    {
        var times = new MeasuredSteps(2);
        var budgets = new List<int>();
        times.Add(1, TimeSpan.FromMicroseconds(3861));
        for (int i = 0; i < 6; i++)
        {
            budgets.Add(times.Budget);
            Measure(times, (times.Budget, H200.First(point => point.Rows >= times.Budget).Microseconds));
        }

        Assert.Equal([64, 128, 160, 192, 224, 192], budgets);
    }

    [Fact]
    public void OneDisturbedStepChangesNothing()
    {
        var times = new MeasuredSteps(2);
        for (int i = 0; i < 9; i++) Measure(times, H200);
        times.Add(192, TimeSpan.FromSeconds(1));
        times.Add(1, TimeSpan.FromSeconds(1));
        Assert.Equal(192, times.Budget);
    }

    [Fact]
    public void ABucketThatWasTooSlowIsTriedAgainInTheEnd()
    {
        var times = new MeasuredSteps(2);
        Measure(times, [.. H200.Where(point => point.Rows <= 128)]);
        for (int i = 0; i < 9; i++) times.Add(160, TimeSpan.FromSeconds(1)); // while a neighbour was at work
        Assert.Equal(128, times.Budget);
        for (int i = 0; i < 3000; i++) times.Add(128, TimeSpan.FromMicroseconds(7300));
        Assert.Equal(160, times.Budget);
    }

    [Fact]
    public void OnACpuRowsAreDear()
    {
        foreach ((int, int)[] cpu in ((int, int)[][])[
            [(1, 87), (8, 412), (32, 1585), (64, 4239)], // the demo
            [(1, 25_525), (8, 40_406), (32, 122_983), (64, 239_211)]]) // 0.5B
        {
            var times = new MeasuredSteps(2);
            Measure(times, cpu);
            Assert.True(times.RowsAreDear);
        }

        var fast = new MeasuredSteps(2);
        Assert.False(fast.RowsAreDear);
        Measure(fast, H200);
        Assert.False(fast.RowsAreDear);
    }

    internal static void Measure(MeasuredSteps times, params (int Rows, int Microseconds)[] points)
    {
        foreach ((int rows, int microseconds) in points) times.Add(rows, TimeSpan.FromMicroseconds(microseconds));
    }

    private static int Budget(double stretch, params (int Rows, int Microseconds)[] points)
    {
        var times = new MeasuredSteps(stretch);
        Measure(times, points);
        return times.Budget;
    }
}
