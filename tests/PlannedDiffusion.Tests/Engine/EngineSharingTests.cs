using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Who starts next in a queue with priorities and keys.</summary>
public sealed class EngineSharingTests
{
    private readonly ManualTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task APriorityMakesARequestOlder()
    {
        List<int> started = await Start(
            new SchedulingOptions(),
            (20, 0, null), (21, 0, null), (22, 10, null), (23, 3, null), (24, 0, null), (25, -9, null), (26, 4, null));
        // They arrive one second after the other.
        Assert.Equal([20, 22, 23, 21, 26, 24, 25], started);
    }

    [Fact]
    public async Task TheKeyThatGotTheFewestRowsStartsNext()
    {
        (int, int, string?)[] requests =
            [(20, 0, "a"), (21, 0, "a"), (22, 0, "a"), (23, 0, "a"), (24, 0, "b"), (25, 0, "b"), (26, 0, null)];
        Assert.Equal([20, 24, 26, 21, 25, 22, 23], await Start(new SchedulingOptions(), requests));
        Assert.Equal(
            [20, 21, 22, 23, 24, 25, 26], await Start(new SchedulingOptions { SharesEvenly = false }, requests));
    }

    [Fact]
    public void WhoComesBackBringsNoCredit()
    {
        var shares = new Shares(even: true);
        Share busy = shares.Enter("busy");
        shares.CountRunning(busy, 1);
        Assert.False(shares.AreSeveral);
        busy.Served = 1000;
        Share light = shares.Enter("light");
        Assert.True(shares.AreSeveral);
        Assert.Equal(1000, light.Served);
        shares.CountRunning(light, 1);
        light.Served += 10;
        shares.CountRunning(light, -1);
        shares.Exit(light);
        busy.Served = 5000;
        Assert.Equal(5000, shares.Enter("light").Served);
        Share greedy = shares.Enter("greedy");
        greedy.Served = 9000;
        shares.Exit(greedy);
        Assert.Equal(9000, shares.Enter("greedy").Served); // nor does it lose its debts
    }

    [Fact]
    public void KeysOfThePastAreForgotten()
    {
        var shares = new Shares(even: true);
        for (int i = 0; i < 5000; i++)
        {
            Share share = shares.Enter($"{i}");
            share.Served = 1_000_000;
            shares.Exit(share);
        }

        Assert.InRange(shares.Remembered, 0, 1100);
    }

    [Fact]
    public void AHeapGivesTheFirstWhateverIsAddedMovedAndRemoved()
    {
        var random = new Random(5);
        var heap = new IndexedHeap<Item>(Comparer<Item>.Create((x, y) => x.Order.CompareTo(y.Order)));
        var all = new List<Item>();
        for (int i = 0; i < 20_000; i++)
        {
            Item? some = all.Count > 0 ? all[random.Next(all.Count)] : null;
            switch (random.Next(all.Count > 40 ? 3 : 4))
            {
                case 0 when some is not null:
                    some.Order = (random.Next(1000), i);
                    heap.Move(some);
                    break;
                case 1 when some is not null:
                    heap.Remove(some);
                    all.Remove(some);
                    Assert.Equal(-1, some.HeapIndex);
                    break;
                default:
                    all.Add(new Item { Order = (random.Next(1000), i) });
                    heap.Add(all[^1]);
                    break;
            }

            Assert.Equal((all.Count, all.MinBy(item => item.Order)), (heap.Count, heap.First));
        }
    }

    [Theory]
    [InlineData(3601)]
    [InlineData(-3601)]
    public void PrioritiesHaveARange(int priority)
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        GenerationRequest request = Ask(20) with { Priority = priority };
        var refusal = Assert.Throws<ArgumentException>(() => { _ = engine.CompleteAsync(request, Cancellation); });
        Assert.Contains($"Priority is {priority}", refusal.Message, StringComparison.Ordinal);
    }

    private static GenerationRequest Ask(int capacity) => new()
    {
        PromptTokens = [40],
        Options = new GenerationOptions
        {
            Decoding = new AutoregressiveOptions(),
            MaxNewTokens = capacity - 1,
            Experiment = new ExperimentOptions { IgnoreEnd = true },
        },
    };

    /// <summary>The capacities of requests in the order in which they start, in an engine with one place.</summary>
    private async Task<List<int>> Start(
        SchedulingOptions scheduling, params (int Capacity, int Priority, string? Key)[] requests)
    {
        var opened = new OpenedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }));
        var runner = new GatedRunner(opened, permits: 0);
        using PlannedDiffusionEngine engine =
            Around(runner, new EngineOptions { Clock = _time, Scheduling = scheduling });
        var all = new List<Task>();
        foreach ((int capacity, int priority, string? key) in requests)
        {
            GenerationRequest request = Ask(capacity) with { Priority = priority, ShareKey = key };
            all.Add(engine.CompleteAsync(request, Cancellation));
            if (all.Count == 1) await runner.StepArrives(Cancellation);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        runner.Permit(10_000);
        await Task.WhenAll(all);
        return opened.Capacities;
    }

    private sealed class Item : IHeapItem
    {
        public (int, int) Order { get; set; }

        public int HeapIndex { get; set; } = -1;
    }

    private sealed class OpenedRunner(IModelRunner inner) : ForwardingRunner(inner)
    {
        public List<int> Capacities { get; } = [];

        public override int OpenSequence(int capacity)
        {
            Capacities.Add(capacity);
            return base.OpenSequence(capacity);
        }
    }
}
