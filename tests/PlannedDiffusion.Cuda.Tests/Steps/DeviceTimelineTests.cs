using System.Diagnostics;
using PlannedDiffusion.Cuda.Steps;
using PlannedDiffusion.Forward;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Steps;

/// <summary>What a device measured, laid out on the host's clock: all times are made up, in milliseconds.</summary>
public sealed class DeviceTimelineTests
{
    private const long Never = 1_000_000_000;
    private static readonly long Tick = Stopwatch.Frequency / 1000;

    private readonly DeviceTimeline _timeline = new(100 * Tick);

    [Fact]
    public void TimesAddUpFromTheAnchor()
    {
        AssertNext(pause: 5, length: 10, queued: 101, over: Never, begin: 105, end: 115);
        AssertNext(pause: 0.5, length: 2, queued: 102, over: Never, begin: 115.5, end: 117.5);
        AssertNext(pause: 0, length: 0, queued: 103, over: Never, begin: 117.5, end: 117.5);
    }

    /// <summary>The device's clock is slow: no step can have begun before it was queued.</summary>
    [Fact]
    public void NoStepBeginsBeforeItWasQueued()
    {
        AssertNext(pause: 5, length: 10, queued: 108, over: Never, begin: 108, end: 118);
        AssertNext(pause: 1, length: 2, queued: 110, over: Never, begin: 119, end: 121);
    }

    /// <summary>The device's clock is fast: a step cannot have ended after it was seen to be over.</summary>
    [Fact]
    public void NoStepEndsAfterItWasOver()
    {
        AssertNext(pause: 5, length: 10, queued: 100, over: 113, begin: 103, end: 113);
        AssertNext(pause: 1, length: 2, queued: 110, over: Never, begin: 114, end: 116);
    }

    /// <summary>Two bounds that contradict each other are those of clocks that were read in between.</summary>
    [Fact]
    public void StepsNeverOverlap()
    {
        AssertNext(pause: 5, length: 10, queued: 110, over: 115, begin: 110, end: 120);
        AssertNext(pause: 0, length: 10, queued: 100, over: 124, begin: 120, end: 124);
        AssertNext(pause: 0, length: 1, queued: 100, over: 122, begin: 124, end: 124);
        AssertNext(pause: -1, length: -1, queued: 100, over: Never, begin: 124, end: 124);
    }

    /// <summary>Behind a long pause, drift counts for more than the way to the device.</summary>
    [Fact]
    public void ALongPauseEndsWhereTheStepWasQueued()
    {
        AssertNext(pause: 999, length: 1, queued: 101, over: Never, begin: 1099, end: 1100);
        AssertNext(pause: 3_600_000, length: 10, queued: 3_601_050, over: Never, begin: 3_601_050, end: 3_601_060);
        AssertNext(pause: 2, length: 3, queued: 3_601_051, over: Never, begin: 3_601_062, end: 3_601_065);
    }

    /// <summary>A million short steps stay where they are, though a float holds seven digits.</summary>
    [Fact]
    public void ManyStepsLoseNothing()
    {
        StepTime last = default;
        for (int i = 0; i < 1_000_000; i++) last = _timeline.Next(0.25f, 0.75f, 0, Never * Tick);
        Assert.Equal(1_000_100.0 * Tick, last.End, 2.0);
        Assert.Equal(0.75 * Tick, last.End - last.Begin, 2.0);
    }

    private void AssertNext(double pause, double length, long queued, long over, double begin, double end)
    {
        StepTime time = _timeline.Next(pause, length, queued * Tick, over * Tick);
        Assert.Equal((begin, end), ((double)time.Begin / Tick, (double)time.End / Tick));
    }
}
