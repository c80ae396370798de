using System.Diagnostics;
using PlannedDiffusion.Decoding;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Times of passes from made-up events, in milliseconds.</summary>
public sealed class PassClockTests
{
    private static readonly long Tick = Stopwatch.Frequency / 1000;

    [Fact]
    public void WithoutRunningAheadAllTimeIsAssigned()
    {
        PassClock clock = Begun();
        Pass(clock, 0, ready: 12, handed: 13, computed: 20);
        Pass(clock, 1, ready: 21, handed: 30, computed: 35);
        Assert.Equal([Time(13, 7, host: 2, waiting: 1), Time(30, 5, host: 1, waiting: 9)], clock.Times);
        Assert.Equal(35 * Tick, clock.End);
    }

    /// <summary>A pass that is handed over while the previous one runs has neither host time nor waiting.</summary>
    [Fact]
    public void APassStartsAfterThePreviousOneHasEnded()
    {
        PassClock clock = Begun();
        Hand(clock, 0, ready: 12, handed: 13);
        Hand(clock, 1, ready: 14, handed: 15);
        clock.Computed(1, 20 * Tick);
        Hand(clock, 2, ready: 22, handed: 23);
        clock.Computed(2, 26 * Tick);
        clock.Computed(3, 30 * Tick);
        Assert.Equal([Time(13, 7, 2, 1), Time(20, 6, 0, 0), Time(26, 4, 0, 0)], clock.Times);
    }

    [Fact]
    public void PassesThatAreKnownTogetherShareTheirTime()
    {
        PassClock clock = Begun();
        for (int pass = 0; pass < 3; pass++) Hand(clock, pass, ready: 12 + pass, handed: 12 + pass);
        clock.Computed(3, 21 * Tick);
        Assert.Equal([Time(12, 3, 2, 0), Time(15, 3, 0, 0), Time(18, 3, 0, 0)], clock.Times);
    }

    /// <summary>A pass that replaces a removed one starts at its start.</summary>
    [Fact]
    public void TheTimeOfASurplusPassCountsForTheNext()
    {
        PassClock clock = Begun();
        Hand(clock, 0, ready: 10, handed: 10);
        Hand(clock, 1, ready: 11, handed: 11); // the surplus pass
        clock.Computed(1, 15 * Tick);
        Hand(clock, 1, ready: 17, handed: 18);
        clock.Computed(2, 30 * Tick);
        Assert.Equal([Time(10, 5, 0, 0), Time(15, 15, 0, 0)], clock.Times);
    }

    [Fact]
    public void RepeatedAndUnknownPassesCountOnce()
    {
        PassClock clock = Begun();
        Pass(clock, 0, ready: 10, handed: 10, computed: 20);
        clock.Computed(1, 25 * Tick);
        clock.Computed(2, 26 * Tick);
        Assert.Equal([Time(10, 10, 0, 0)], clock.Times);
        Assert.Equal(20 * Tick, clock.End);
    }

    private static PassClock Begun()
    {
        var clock = new PassClock(4);
        clock.Begin(submitted: 0, admitted: 10 * Tick);
        return clock;
    }

    private static void Pass(PassClock clock, int pass, int ready, int handed, int computed)
    {
        Hand(clock, pass, ready, handed);
        clock.Computed(pass + 1, computed * Tick);
    }

    private static void Hand(PassClock clock, int pass, int ready, int handed)
    {
        clock.Ready(ready * Tick);
        clock.Handed(pass, handed * Tick);
    }

    private static PassTime Time(int start, int duration, int host, int waiting) => new(
        TimeSpan.FromMilliseconds(start),
        TimeSpan.FromMilliseconds(duration),
        TimeSpan.FromMilliseconds(host),
        TimeSpan.FromMilliseconds(waiting));
}
