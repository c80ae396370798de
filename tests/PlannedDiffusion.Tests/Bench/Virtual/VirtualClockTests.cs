using PlannedDiffusion.Bench.Virtual;
using Xunit;

namespace PlannedDiffusion.Tests.Bench.Virtual;

public sealed class VirtualClockTests
{
    [Fact]
    public void TimersAreCalledInOrderAtTheirTime()
    {
        var clock = new VirtualClock();
        List<(string, TimeSpan)> called = [];
        clock.At(Seconds(2), () => Note("second"));
        clock.At(Seconds(1), () => { Note("first"); clock.At(Seconds(1.5), () => Note("set meanwhile")); });
        clock.At(Seconds(2), () => Note("as late, set later"));
        clock.At(Seconds(4), () => Note("too late"));
        clock.Advance(Seconds(3));
        Assert.Equal(
            [
                ("first", Seconds(1)), ("set meanwhile", Seconds(1.5)), ("second", Seconds(2)),
                ("as late, set later", Seconds(2)),
            ],
            called);
        Assert.Equal((Seconds(3), Seconds(4)), (clock.Now, clock.Next));
        Assert.True(clock.AdvanceToNext());
        Assert.Equal(Seconds(4), clock.Now);
        Assert.False(clock.AdvanceToNext());

        void Note(string name) => called.Add((name, clock.Now));
    }

    [Fact]
    public void ATimerThatIsChangedOrDisposedIsNotCalledAtItsOldTime()
    {
        var clock = new VirtualClock();
        int changed = 0, disposed = 0;
        using ITimer late = clock.CreateTimer(_ => changed++, null, Seconds(1), Timeout.InfiniteTimeSpan);
        ITimer gone = clock.CreateTimer(_ => disposed++, null, Seconds(1), Timeout.InfiniteTimeSpan);
        late.Change(Seconds(5), Timeout.InfiniteTimeSpan);
        gone.Dispose();
        clock.Advance(Seconds(2));
        Assert.Equal((0, 0), (changed, disposed));
        Assert.Equal(Seconds(5), clock.Next);
        clock.Advance(Seconds(3));
        Assert.Equal((1, 0), (changed, disposed));
        Assert.Null(clock.Next);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
