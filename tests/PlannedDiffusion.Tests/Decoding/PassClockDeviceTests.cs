using System.Diagnostics;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>
/// Passes take the times of their steps on a device. All times are made up; the request is admitted at 10.
/// </summary>
public sealed class PassClockDeviceTests
{
    private static readonly long Tick = Stopwatch.Frequency / 1000;

    private readonly WrittenSteps _steps = new();
    private readonly PassClock _clock;

    public PassClockDeviceTests()
    {
        _clock = new PassClock(8, _steps);
        _clock.Begin(submitted: 0, admitted: 10 * Tick);
    }

    /// <summary>The time between two steps is the host's: its work, and the transfers to the device and back.</summary>
    [Fact]
    public void APassIsAsLongAsItsStep()
    {
        Hand(0, ready: 12, handed: 13, step: 0);
        Hand(1, ready: 14, handed: 15, step: 1);
        Run(0, 15, 20);
        Run(1, 20, 24);
        _clock.Computed(1, 22 * Tick);
        Hand(2, ready: 25, handed: 26, step: 2);
        Run(2, 28, 30);
        _clock.Computed(3, 40 * Tick);
        AssertTimes(Device(15, 5, host: 5), Device(20, 4, host: 0), Device(28, 2, host: 4));
        Assert.Equal(30 * Tick, _clock.End);
    }

    /// <summary>Steps of a schedule are read together, but each has its own time.</summary>
    [Fact]
    public void PassesThatAreKnownTogetherDoNotShareTheirTime()
    {
        for (int pass = 0; pass < 4; pass++) Hand(pass, ready: 11, handed: 12 + pass, step: pass);
        Run(0, 13, 20);
        Run(1, 20, 22);
        Run(2, 23, 29);
        Run(3, 29, 30);
        _clock.Computed(4, 31 * Tick);
        AssertTimes(Device(13, 7, host: 3), Device(20, 2, 0), Device(23, 6, host: 1), Device(29, 1, 0));
    }

    [Fact]
    public void StepsOfOthersCountAsWaitingWhileThePassIsReady()
    {
        Run(0, 5, 11); // before anything was ready
        Run(1, 11, 14);
        Hand(0, ready: 12, handed: 13, step: 2);
        Run(2, 15, 20);
        Run(3, 21, 24);
        Run(4, 25, 26);
        Hand(1, ready: 22, handed: 22, step: 5);
        Run(5, 27, 30);
        _clock.Computed(2, 31 * Tick);
        AssertTimes(Device(15, 5, host: 3, waiting: 2), Device(27, 3, host: 4, waiting: 3));
    }

    /// <summary>A surplus pass is the device's work. Only its remaining time counts as waiting.</summary>
    [Fact]
    public void ASurplusPassCountsAsWaitingOfTheNext()
    {
        Hand(0, ready: 10, handed: 10, step: 0);
        Hand(1, ready: 11, handed: 11, step: 1); // the surplus pass
        Run(0, 10, 15);
        Run(1, 15, 20);
        _clock.Computed(1, 16 * Tick);
        Hand(1, ready: 17, handed: 18, step: 2);
        Run(2, 20, 30);
        _clock.Computed(2, 31 * Tick);
        AssertTimes(Device(10, 5, 0), Device(20, 10, host: 2, waiting: 3));
    }

    [Fact]
    public void ClocksThatDisagreeLeaveNoGapAndNoOverlap()
    {
        for (int pass = 0; pass < 4; pass++) Hand(pass, ready: 12, handed: 12, step: pass);
        Run(0, 5, 8); // before the request was admitted
        Run(1, 9, 14);
        Run(2, 13, 18); // before the end of the last one
        Run(3, 18, 27); // after it was known
        _clock.Computed(4, 20 * Tick);
        AssertTimes(Device(10, 0, 0), Device(10, 4, 0), Device(14, 4, 0), Device(18, 2, 0));
        Hand(4, ready: 22, handed: 23, step: 4);
        Run(4, 90, 95);
        _clock.Computed(5, 30 * Tick);
        Assert.Equal(Device(30, 0, host: 10), _clock.Times[4]);
        Assert.Equal(30 * Tick, _clock.End);
    }

    [Fact]
    public void PassesWithoutATimeShareTheTimeUpToTheNextWithOne()
    {
        for (int pass = 0; pass < 6; pass++) Hand(pass, ready: 11, handed: 12, step: pass is 1 or 2 ? -1 : pass);
        Run(0, 12, 15);
        Run(3, 21, 23);
        _clock.Computed(5, 29 * Tick); // step 4 is not over
        AssertTimes(Device(12, 3, host: 2), Host(15, 3), Host(18, 3), Device(21, 2, 0), Host(23, 6));
        Assert.Equal(29 * Tick, _clock.End);
    }

    [Fact]
    public void ADeviceWithoutTimesChangesNothing()
    {
        for (int pass = 0; pass < 3; pass++) Hand(pass, ready: 12 + pass, handed: 12 + pass, step: pass);
        _clock.Computed(3, 21 * Tick);
        AssertTimes(Host(12, 3, host: 2), Host(15, 3), Host(18, 3));
    }

    [Fact]
    public void RecordingAllocatesNothing()
    {
        for (int step = 0; step < 3; step++) Run(step, 10 + step, 11 + step);
        var clock = new PassClock(3, _steps);
        clock.Begin(0, 10 * Tick);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int pass = 0; pass < 3; pass++)
        {
            clock.Ready(10 * Tick);
            clock.Handed(pass, 10 * Tick, pass);
        }

        clock.Computed(3, 20 * Tick);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(3, clock.Times.Count);
    }

    private void Hand(int pass, int ready, int handed, int step)
    {
        _clock.Ready(ready * Tick);
        _clock.Handed(pass, handed * Tick, step);
    }

    private void Run(int step, int begin, int end) => _steps.Write(step, begin * Tick, end * Tick);

    /// <summary>The times, and that they follow one another.</summary>
    private void AssertTimes(params PassTime[] expected)
    {
        Assert.Equal(expected, _clock.Times);
        TimeSpan end = TimeSpan.FromMilliseconds(10);
        foreach (PassTime time in _clock.Times)
        {
            Assert.Equal(end + time.Host + time.Waiting, time.Start);
            end = time.Start + time.Duration;
        }
    }

    private static PassTime Device(int start, int duration, int host, int waiting = 0) =>
        Host(start, duration, host, waiting) with { OnDevice = true };

    private static PassTime Host(int start, int duration, int host = 0, int waiting = 0) => new(
        TimeSpan.FromMilliseconds(start),
        TimeSpan.FromMilliseconds(duration),
        TimeSpan.FromMilliseconds(host),
        TimeSpan.FromMilliseconds(waiting));
}
