using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>What a step takes: each rule, and what happens without it.</summary>
public sealed class StepComposerTests
{
    private static readonly SchedulingOptions Default = new();

    private readonly ManualTime _time = new();
    private long _number;

    [Fact]
    public void AStepHasTheRowsOfAllWriters()
    {
        StepDemand old = Spans(64, 64, 64, 64), writer = Writer(), drafting = Writer(rows: 8);
        Compose(Default, old, writer, drafting);
        Assert.Equal((1, 8), (Taken(writer), Taken(drafting)));
        Compose(Default with { WritersFirst = false }, old, writer, drafting);
        Assert.Equal((0, 0), (Taken(writer), Taken(drafting))); // it is full of older units
    }

    [Fact]
    public void WritersForWhomThereIsNoRoomComeNext()
    {
        StepDemand[] writers = [Writer(4), Writer(4), Writer(4)];
        StepComposer composer = Composer(Default, mostRows: 8, writers);
        var steps = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            composer.Compose(shares: false);
            steps.Add(string.Join(' ', writers.Select(Taken)));
        }

        Assert.Equal(["4 4 0", "4 0 4", "0 4 4"], steps);
    }

    [Fact]
    public void AUnitIsASpan()
    {
        StepDemand spans = Spans(100, 50, 80, 60), writer = Writer();
        Compose(Default, spans, writer);
        Assert.Equal([100, 50], TakenUnits(spans)); // 192 rows, one of them the writer's
        Compose(Default with { SpansAreUnits = false }, spans, writer);
        Assert.Equal([100, 50, 80, 60], TakenUnits(spans));
    }

    [Fact]
    public void TheOldestRequestComesFirst()
    {
        StepDemand old = Writer(), young = Spans(150), other = Writer();
        StepComposer composer = Composer(Default, 1024, old, young, other);
        StepComposer readyFirst = Composer(Default with { OldestFirst = false }, 1024, old, young, other);
        composer.Compose(shares: false);
        readyFirst.Compose(shares: false);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        old.Parts = Spans(150).Parts; // its plan is written
        composer.Compose(shares: false);
        Assert.Equal((150, 0), (Taken(old), Taken(young)));
        readyFirst.Compose(shares: false);
        Assert.Equal((0, 150), (Taken(old), Taken(young)));
        young.Arrival -= 10; // by its priority
        composer.Compose(shares: false);
        Assert.Equal((0, 150), (Taken(old), Taken(young)));
    }

    [Fact]
    public void WhileSomebodyWritesAStepTakesAtMostTwiceThatOfOneRow()
    {
        StepDemand spans = Spans([.. Enumerable.Repeat(48, 30)]), writer = Writer();
        Compose(Default, spans, writer);
        Assert.Equal(3 * 48, Taken(spans));
        Compose(Default with { StretchPerStep = 4 }, spans, writer);
        Assert.Equal(10 * 48, Taken(spans));
        Compose(Default with { StretchPerStep = double.PositiveInfinity }, spans, writer);
        Assert.Equal(21 * 48, Taken(spans));
    }

    [Fact]
    public void WhereNobodyWritesAStepHasManyRows()
    {
        StepDemand spans = Spans([.. Enumerable.Repeat(48, 30)]), other = Spans(10);
        Compose(Default, spans, other);
        Assert.Equal((21 * 48, 10), (Taken(spans), Taken(other)));
        Compose(Default with { MaxRows = 500 }, spans, other);
        Assert.Equal((10 * 48, 10), (Taken(spans), Taken(other)));
    }

    [Fact]
    public void AUnitThatHasWaitedGetsMoreRows()
    {
        StepDemand old = Dense(180), young = Dense(180), writer = Writer();
        foreach ((SchedulingOptions options, int rows) in new[]
        {
            (Default, 180),
            (Default with { PatienceRows = 0 }, 0),
            (Default with { Patience = TimeSpan.FromSeconds(3) }, 0),
        })
        {
            StepComposer composer = Composer(options, 1024, old, young, writer);
            composer.Compose(shares: false);
            Assert.Equal((180, 0), (Taken(old), Taken(young)));
            _time.Advance(TimeSpan.FromSeconds(2));
            composer.Compose(shares: false);
            Assert.Equal((180, rows), (Taken(old), Taken(young)));
            old.Since = young.Since = null;
        }
    }

    [Fact]
    public void ASpanThatHasBegunKeepsItsPlaceUnlessThereIsLessRoom()
    {
        StepDemand older = Spans(100), begun = Begun(90, 90), writer = Writer();
        Compose(Default, older, begun, writer);
        Assert.Equal((0, 180), (Taken(older), Taken(begun)));
        Compose(Default with { KeepsPlaces = false }, older, begun, writer);
        Assert.Equal((100, 90), (Taken(older), Taken(begun)));
        Compose(Default, older, begun, Writer(20));
        Assert.Equal((0, 90), (Taken(older), Taken(begun)));
    }

    [Fact]
    public void AUnitThatDoesNotFitLetsOthersPassForATime()
    {
        StepDemand begun = Begun(100), large = Spans(120), small = Spans(40), writer = Writer();
        foreach ((TimeSpan bypass, int first, int later) in new[]
        {
            (TimeSpan.FromSeconds(2), 40, 0),
            (TimeSpan.Zero, 0, 0),
            (Timeout.InfiniteTimeSpan, 40, 40),
        })
        {
            SchedulingOptions options = Default with { MaxBypass = bypass, PatienceRows = 0 };
            StepComposer composer = Composer(options, 1024, begun, large, small, writer);
            composer.Compose(shares: false);
            Assert.Equal((0, first), (Taken(large), Taken(small)));
            _time.Advance(TimeSpan.FromSeconds(2));
            composer.Compose(shares: false);
            Assert.Equal((0, later), (Taken(large), Taken(small)));
            large.Since = small.Since = begun.Since = null;
        }
    }

    [Fact]
    public void PromptsGetWhatIsLeftWithinBounds()
    {
        StepDemand prompt = Prompt(1000), writer = Writer(), spans = Spans(60, 60), more = Spans(60);
        Compose(Default, prompt, writer);
        Assert.Equal(191, Taken(prompt));
        Compose(Default, prompt, writer, spans);
        Assert.Equal(192 - 121, Taken(prompt));
        Compose(Default, prompt, writer, spans, more);
        Assert.Equal(32, Taken(prompt)); // at least
        Compose(Default with { StretchPerStep = 4 }, prompt, writer);
        Assert.Equal(256, Taken(prompt)); // at most
        Compose(Default with { MinPrefillRows = 600, MaxPrefillRows = 700 }, prompt, writer, spans);
        Assert.Equal(600, Taken(prompt));
        Compose(Default, prompt);
        Assert.Equal(1001, Taken(prompt)); // alone, with the row that writes
    }

    [Fact]
    public void APromptIsComputedInPartsAndThenWrites()
    {
        StepDemand prompt = Prompt(100), writer = Writer(), begun = Begun(180);
        StepComposer composer = Composer(Default, 1024, prompt, writer, begun);
        var rows = new List<int>();
        do
        {
            composer.Compose(shares: false);
            rows.Add(Taken(prompt));
            if (prompt.Parts.IsComplete) break;
            prompt.Parts.GoOn();
        }
        while (rows.Count < 10);
        Assert.Equal([32, 32, 32, 4 + 1], rows);
    }

    [Fact]
    public void TheKeyThatGotTheFewestRowsComesFirst()
    {
        StepDemand old = Spans(150), young = Spans(150), writer = Writer();
        (old.Share, young.Share) = (new Share("heavy") { Served = 1000 }, new Share("light") { Served = 10 });
        StepComposer composer = Composer(Default, 1024, old, young, writer);
        composer.Compose(shares: true);
        Assert.Equal((0, 150), (Taken(old), Taken(young)));
        composer.Compose(shares: false);
        Assert.Equal((150, 0), (Taken(old), Taken(young)));
    }

    [Fact]
    public void WhereRowsAreDearAStepHasOneUnit()
    {
        var times = new MeasuredSteps(2);
        foreach ((int rows, double milliseconds) in new[] { (1, 25.5), (8, 40.4), (32, 123), (64, 239) })
            times.Add(rows, TimeSpan.FromMilliseconds(milliseconds));
        Assert.True(times.RowsAreDear);
        StepDemand old = Spans(50, 50), young = Spans(3), writer = Writer();
        var composer = new StepComposer(Default, 1024, times, _time);
        foreach (StepDemand demand in (StepDemand[])[old, young, writer]) composer.Enter(demand);
        for (int i = 0; i < 2; i++)
        {
            composer.Compose(shares: false);
            Assert.Equal((1, 50, 0), (Taken(writer), Taken(old), Taken(young)));
            _time.Advance(TimeSpan.FromSeconds(3)); // not even after that time
        }
    }

    [Fact]
    public void AUnitLargerThanTheBudgetIsComputedWithoutOthers()
    {
        StepDemand large = Dense(400), small = Spans(40), writer = Writer();
        Compose(Default, large, small, writer);
        Assert.Equal((400, 0, 1), (Taken(large), Taken(small), Taken(writer)));
    }

    [Fact]
    public void AUnitThatLeavesNoRoomForWritersTakesTurnsWithThem()
    {
        StepDemand large = Dense(96), writer = Writer();
        StepComposer composer = Composer(Default, 96, large, writer);
        var steps = new List<(int, int)>();
        for (int i = 0; i < 4; i++)
        {
            composer.Compose(shares: false);
            steps.Add((Taken(large), Taken(writer)));
        }

        Assert.Equal([(0, 1), (96, 0), (0, 1), (96, 0)], steps);
    }

    [Fact]
    public void RidersComeWhereThereIsRoom()
    {
        StepDemand spans = Begun(100), writer = Writer();
        spans.Parts.AddUnit(Group(60), decides: -1, hasBegun: false);
        spans.Parts.AddUnit(Group(60), decides: -1, hasBegun: false);
        Compose(Default, spans, writer);
        Assert.Equal([100, 60], TakenUnits(spans));
        Assert.False(spans.Parts.IsTaken(2));
    }

    [Fact]
    public void ComposingAllocatesNothing()
    {
        StepComposer composer = Composer(
            Default, 1024, [.. Enumerable.Range(0, 30).Select(i => i % 3 == 0 ? Writer() : Spans(50, 60, 70))]);
        long least = long.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            composer.Compose(shares: false);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    private static int Taken(StepDemand demand) => demand.Parts.Taken;

    private static int[] TakenUnits(StepDemand demand) =>
    [
        .. Enumerable.Range(0, demand.Parts.Count).Where(demand.Parts.IsTaken).Select(demand.Parts.RowsOf),
    ];

    private static RowGroup Group(int rows)
    {
        var positions = new TokenRange(0, rows);
        return new RowGroup(1, positions, AttentionRange.Bidirectional(0, positions));
    }

    private void Compose(SchedulingOptions options, params StepDemand[] demands) =>
        Composer(options, 1024, demands).Compose(shares: false);

    /// <summary>On an H200.</summary>
    private StepComposer Composer(SchedulingOptions options, int mostRows, params StepDemand[] demands)
    {
        var times = new MeasuredSteps(options.StretchPerStep);
        MeasuredStepsTests.Measure(times, MeasuredStepsTests.H200);
        var composer = new StepComposer(options, mostRows, times, _time);
        foreach (StepDemand demand in demands) composer.Enter(demand);
        return composer;
    }

    private StepDemand Writer(int rows = 1) => Demand(parts =>
    {
        parts.AddCore(Group(rows));
        parts.Complete(writes: true, coreHasBegun: false);
    });

    private StepDemand Prompt(int rows) => Demand(parts =>
    {
        parts.AddLead(Group(rows) with { Visibility = AttentionRange.CausalFrom(0, rows) });
        parts.AddCore(Group(1));
        parts.Complete(writes: true, coreHasBegun: false);
    });

    private StepDemand Dense(int rows) => Demand(parts =>
    {
        parts.AddCore(Group(rows));
        parts.Complete(writes: false, coreHasBegun: false);
    });

    private StepDemand Spans(params int[] rows) => Spans(begun: false, rows);

    private StepDemand Begun(params int[] rows) => Spans(begun: true, rows);

    private StepDemand Spans(bool begun, int[] rows) => Demand(parts =>
    {
        for (int i = 0; i < rows.Length; i++) parts.AddUnit(Group(rows[i]), i, begun);
        parts.Complete(writes: false, coreHasBegun: false);
    });

    private StepDemand Demand(Action<PassSelection> build)
    {
        var parts = new PassSelection(new ForwardStep());
        build(parts);
        return new StepDemand { Parts = parts, Number = ++_number };
    }
}
