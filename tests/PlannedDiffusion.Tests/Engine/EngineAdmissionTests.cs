using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>The queue in front of the engine: who is refused, and who comes next.</summary>
public sealed class EngineAdmissionTests
{
    private static readonly GenerationOptions Some =
        new() { Decoding = new AutoregressiveOptions(), MaxNewTokens = 20, Experiment = new() { IgnoreEnd = true } };

    private readonly ManualTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhoFindsAFreePlaceIsNotRefusedAndOneMoreIs()
    {
        var runner = new GatedRunner(ReferenceRunner(), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner, Options(new QueueOptions { MaxWaiting = 0 }));
        Task<GenerationResult>[] all =
            [.. Enumerable.Range(0, Limits.MaxSequences).Select(i => engine.CompleteAsync(Ask($"{i}"), Cancellation))];
        AssertRefused(engine, OverloadReason.Requests);
        await runner.StepArrives(Cancellation); // whether they wait for their first step or run makes no difference
        AssertRefused(engine, OverloadReason.Requests);
        runner.Permit(1000);
        await Task.WhenAll(all);
        foreach (int _ in Enumerable.Range(0, 5)) await engine.CompleteAsync(Ask("x"), Cancellation);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task OnlySoManyWait(int bound)
    {
        var runner = new GatedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner, Options(new QueueOptions { MaxWaiting = bound }));
        Task<GenerationResult> first = engine.CompleteAsync(Ask("first"), Cancellation);
        await runner.StepArrives(Cancellation);
        Task<GenerationResult>[] waiting =
            [.. Enumerable.Range(0, bound).Select(i => engine.CompleteAsync(Ask($"{i}"), Cancellation))];
        EngineOverloadedException refusal = AssertRefused(engine, OverloadReason.Requests);
        Assert.Equal(TimeSpan.FromSeconds(1), refusal.RetryAfter); // no step has been measured
        Assert.Contains($"{bound} requests wait", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(runner.Steps);
        runner.Permit(10_000);
        Assert.NotEmpty((await first).Tokens);
        foreach (Task<GenerationResult> request in waiting) Assert.NotEmpty((await request).Tokens);
    }

    [Fact]
    public async Task ACancelledRequestGivesItsPlaceBackAtOnce()
    {
        var runner = new GatedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner, Options(new QueueOptions { MaxWaiting = 2 }));
        Task<GenerationResult> first = engine.CompleteAsync(Ask("first"), Cancellation);
        await runner.StepArrives(Cancellation);
        for (int i = 0; i < 5; i++)
        {
            using var cancel = new CancellationTokenSource();
            Task<GenerationResult> waiting = engine.CompleteAsync(Ask("waiting"), cancel.Token);
            IAsyncEnumerable<string> unread = engine.GenerateTextAsync(Ask("unread"), cancel.Token);
            AssertRefused(engine, OverloadReason.Requests);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Read(unread));
            Assert.Equal(cancel.Token, error.CancellationToken);
        }

        Assert.Empty(runner.Steps);
        runner.Permit(1000);
        Assert.NotEmpty((await first).Tokens);
    }

    [Fact]
    public async Task AStreamHasItsPlaceFromTheCallOn()
    {
        var runner = new GatedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), permits: 1000);
        using PlannedDiffusionEngine engine = Around(runner, Options(new QueueOptions { MaxWaiting = 0 }));
        IAsyncEnumerable<GenerationEvent> stream = engine.GenerateAsync(Ask("say"), Cancellation);
        AssertRefused(engine, OverloadReason.Requests);
        Assert.Empty(runner.Steps); // nothing is computed before somebody reads
        Assert.IsType<Completed>((await Read(stream))[^1]);
        Assert.IsType<Completed>((await Read(stream))[^1]); // a request of its own
        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public async Task AStreamThatNobodyReadsLosesItsPlaceAfterATime()
    {
        var runner = new GatedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), permits: 1000);
        var queue = new QueueOptions { MaxWaiting = 0, MaxUnread = TimeSpan.FromSeconds(10) };
        using PlannedDiffusionEngine engine = Around(runner, Options(queue));
        IAsyncEnumerable<string> stream = engine.GenerateTextAsync(Ask("say"), Cancellation);
        _time.Advance(TimeSpan.FromSeconds(9));
        AssertRefused(engine, OverloadReason.Requests);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _time.Timers);
        IAsyncEnumerable<string> other = engine.GenerateTextAsync(Ask("other"), Cancellation);
        await Assert.ThrowsAsync<EngineOverloadedException>(() => Read(stream)); // the place is another's now
        await Read(other);
        await Read(stream); // admitted once more
    }

    [Fact]
    public async Task TheQueueIsFullOnceItIsWorthTooMuchTime()
    {
        var runner = new GatedRunner(new SecondsRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), _time), 0);
        var queue = new QueueOptions { MaxWork = TimeSpan.FromSeconds(60) };
        using PlannedDiffusionEngine engine = Around(runner, Options(queue));
        Task<GenerationResult> measured = engine.CompleteAsync(Ask("x"), Cancellation);
        runner.Permit(20);
        await measured; // 20 steps of a second, a row in each
        Task<GenerationResult> first = engine.CompleteAsync(Ask("x"), Cancellation);
        for (int step = 0; step < 21; step++) await runner.StepArrives(Cancellation); // the last is its own
        var waiting = new List<Task<GenerationResult>>();
        for (int i = 0; i < 3; i++) waiting.Add(engine.CompleteAsync(Ask("x"), Cancellation));
        EngineOverloadedException refusal = AssertRefused(engine, OverloadReason.Work);
        Assert.Equal(TimeSpan.FromSeconds(60), refusal.RetryAfter);
        runner.Permit(1000);
        await Task.WhenAll([first, .. waiting]);
    }

    [Fact]
    public async Task ARequestThatDoesNotFitLetsOthersPassForATime()
    {
        var runner = new GatedRunner(new PoolRunner(ReferenceRunner(), positions: 150), permits: 0);
        using PlannedDiffusionEngine engine =
            Around(runner, Options(new QueueOptions { MaxBypass = TimeSpan.FromSeconds(2) }));
        Task<GenerationResult> running = engine.CompleteAsync(Ask("one", 97), Cancellation);
        await runner.StepArrives(Cancellation);
        Task<GenerationResult> large = engine.CompleteAsync(Ask("two", 97), Cancellation);
        Task<GenerationResult> passes = engine.CompleteAsync(Ask("x", 5), Cancellation);
        runner.Permit(10);
        Assert.Equal(5, (await passes).Tokens.Length);
        _time.Advance(TimeSpan.FromSeconds(2));
        Task<GenerationResult> late = engine.CompleteAsync(Ask("x", 5), Cancellation);
        runner.Permit(10_000);
        await Task.WhenAll(running, large, late);
        Assert.All(runner.Steps.Skip(12).Take(80), step => Assert.Single(step)); // nobody has passed
    }

    [Fact]
    public async Task AutoregressiveRequestsPassPlannedOnesThatWaitForTheirKind()
    {
        var runner = new GatedRunner(ReferenceRunner(), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner, Options(new QueueOptions { MaxPlanned = 1 }));
        GenerationOptions planned = Planned(AnyRequest.First, AnyRequest.Second);
        Task<GenerationResult>[] both =
            [.. Enumerable.Range(0, 2).Select(_ => engine.CompleteAsync(Request("say", planned), Cancellation))];
        await runner.StepArrives(Cancellation);
        _time.Advance(TimeSpan.FromHours(1));
        Task<GenerationResult> passes = engine.CompleteAsync(Ask("x", 5), Cancellation);
        runner.Permit(6);
        Assert.Equal(5, (await passes).Tokens.Length);
        Assert.All(both, request => Assert.False(request.IsCompleted));
        runner.Permit(1000);
        await Task.WhenAll(both);
        Assert.All(runner.Steps, step => Assert.InRange(step.Length, 1, 2));
    }

    [Fact]
    public void OptionsOutsideTheirRangeAreRefused()
    {
        using ReferenceModelRunner runner = ReferenceRunner();
        foreach ((QueueOptions queue, string field) in new (QueueOptions, string)[]
        {
            (new QueueOptions { MaxWaiting = -1 }, "Queue.MaxWaiting"),
            (new QueueOptions { MaxWork = TimeSpan.FromSeconds(-1) }, "Queue.MaxWork"),
            (new QueueOptions { MaxPlanned = 0 }, "Queue.MaxPlanned"),
            (new QueueOptions { MaxBypass = TimeSpan.FromSeconds(-1) }, "Queue.MaxBypass"),
            (new QueueOptions { MaxUnread = TimeSpan.Zero }, "Queue.MaxUnread"),
        })
        {
            var refusal = Assert.Throws<ArgumentException>(() => Around(runner, Options(queue)));
            Assert.Equal(field, refusal.ParamName);
        }
    }

    private static GenerationRequest Ask(string prompt, int tokens = 20) =>
        Request(prompt, Some with { MaxNewTokens = tokens });

    private static async Task<List<T>> Read<T>(IAsyncEnumerable<T> stream)
    {
        var all = new List<T>();
        await foreach (T item in stream) all.Add(item);
        return all;
    }

    /// <summary>Every way to ask is refused at the call.</summary>
    private static EngineOverloadedException AssertRefused(PlannedDiffusionEngine engine, OverloadReason reason)
    {
        EngineOverloadedException[] refusals =
        [
            Assert.Throws<EngineOverloadedException>(() => { _ = engine.CompleteAsync(Ask("no"), Cancellation); }),
            Assert.Throws<EngineOverloadedException>(() => engine.GenerateAsync(Ask("no"), Cancellation)),
            Assert.Throws<EngineOverloadedException>(() => engine.GenerateTextAsync(Ask("no"), Cancellation)),
            Assert.Throws<EngineOverloadedException>(
                () => engine.GenerateSettledAsync(Ask("no"), cancellationToken: Cancellation)),
        ];
        Assert.All(refusals, refusal => Assert.Equal(reason, refusal.Reason));
        Assert.All(refusals, refusal => Assert.InRange(refusal.RetryAfter.TotalSeconds, 1, 60));
        return refusals[0];
    }

    private EngineOptions Options(QueueOptions queue) => new() { Queue = queue, Clock = _time };

    /// <summary>Every row takes a second.</summary>
    private sealed class SecondsRunner(IModelRunner inner, ManualTime time) : ForwardingRunner(inner)
    {
        public override void Forward(ForwardStep step)
        {
            time.Advance(TimeSpan.FromSeconds(step.RowCount));
            base.Forward(step);
        }
    }
}
