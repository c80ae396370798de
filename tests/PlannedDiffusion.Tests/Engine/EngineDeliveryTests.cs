using System.Collections.Concurrent;
using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>What a reader gets who comes late, and which thread makes it.</summary>
public sealed class EngineDeliveryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>
    /// Any way of decoding, any plan or none, with stop strings or without: a reader that waits until the engine is
    /// done learns the same text, plans, spans and tokens, and each span is one event.
    /// </summary>
    [Fact]
    public void ALateReaderLearnsTheSameInFewerEvents() => Prop.ForAll(
        Gen.Choose(0, 5).ToArbitrary(),
        Gen.Choose(0, 3).ToArbitrary(),
        Gen.Choose(0, 10_000).ToArbitrary(),
        (decoder, plan, seed) =>
        {
            GenerationRequest request = AnyRequest.Of((DecoderKind)decoder, plan, seed);
            string[] stops = seed % 3 == 0 ? [$"{(char)('A' + (seed % 20))}"] : [];
            request = request with { Options = request.Options with { StopStrings = stops } };
            using PlannedDiffusionEngine engine = Engine(seed);
            GenerationEvent[] prompt =
                [.. engine.GenerateSettledAsync(request, true, Cancellation).ToBlockingEnumerable(Cancellation)];
            GenerationEvent[] late = ReadAtTheEnd(Engine(seed), request).GetAwaiter().GetResult();
            GenerationResult result = ((Completed)late[^1]).Result;
            Assert.Equal(((Completed)prompt[^1]).Result.Tokens, result.Tokens);
            Assert.Equal(result.Text, Text(prompt));
            Assert.Equal(result.Text, Text(late));
            Assert.Equal(Seen<PlanDelta>(prompt), Seen<PlanDelta>(late));
            Assert.Equal(Seen<PlanReady>(prompt).Length, Seen<PlanReady>(late).Length);
            Assert.Equal(Revealed(prompt), Revealed(late));
            SpanCompleted[] spans = [.. late.OfType<SpanCompleted>()];
            Assert.Equal(
                prompt.OfType<SpanCompleted>().Select(span => (span.Round, span.Span, span.Step, span.Text)),
                spans.Select(span => (span.Round, span.Span, span.Step, span.Text)));
            Assert.Equal(
                late.OfType<SpanProgress>().Select(span => (span.Round, span.Span)).Distinct().Count(),
                late.OfType<SpanProgress>().Count()); // only spans that a stop string has cut off
            Assert.DoesNotContain(late.OfType<SpanProgress>(), span => spans.Any(
                done => (done.Round, done.Span) == (span.Round, span.Span)));
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(8, 9));

    /// <summary>The engine's thread passes ids on. It does not make the texts of the result.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheResultIsMadeByItsReader(bool listens)
    {
        var clock = new WatchedClock();
        await using PlannedDiffusionEngine engine = Around(ReferenceRunner(), new EngineOptions { Clock = clock });
        GenerationRequest request = Request("say", Planned("<promise>-<topic>uno 1</topic><|im_end|>"));
        GenerationResult result = listens
            ? ((Completed)await engine.GenerateSettledAsync(request, true, Cancellation).LastAsync(Cancellation)).Result
            : await engine.CompleteAsync(request, Cancellation);
        await engine.DisposeAsync();
        string[] readers = [.. clock.Threads.Where(name => name != "PlannedDiffusion engine")];
        Assert.True(readers.Length >= 3, string.Join(", ", clock.Threads)); // submitted, and twice around the texts
        // A reading of the clock takes a tick: the end of the last pass, the handing over, and the texts.
        Assert.InRange(result.CriticalPath.Finishing.Ticks, 2, clock.Threads.Count);
    }

    [Fact]
    public async Task AStreamWithRevealsBeginsWhenTheRequestLeavesTheQueue()
    {
        var time = new ManualTime();
        var runner = new GatedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), permits: 0);
        await using PlannedDiffusionEngine engine = Around(runner, new EngineOptions { Clock = time });
        var options = new GenerationOptions { Decoding = new AutoregressiveOptions(), MaxNewTokens = 3 };
        GenerationRequest request = Request("say", options);
        Task<GenerationResult> first = engine.CompleteAsync(request, Cancellation);
        await runner.StepArrives(Cancellation);
        await using IAsyncEnumerator<GenerationEvent> second =
            engine.GenerateSettledAsync(request, true, Cancellation).GetAsyncEnumerator(Cancellation);
        ValueTask<bool> started = second.MoveNextAsync();
        time.Advance(TimeSpan.FromSeconds(7));
        Assert.False(started.IsCompleted);
        runner.Permit(3);
        Assert.NotEmpty((await first).Tokens);
        Assert.True(await started); // its first step is at the gate
        Assert.Equal(new Started(TimeSpan.FromSeconds(7)), second.Current);
        runner.Permit(1000);
    }

    private static PlannedDiffusionEngine Engine(int seed) => Around(Device(
        new ScriptedRunner(ReferenceRunner(), position => AnyRequest.WrittenAt(position, seed)), ahead: seed % 2 == 0));

    /// <summary>The events of a stream whose request begins, and that is read once the request has ended.</summary>
    private static async Task<GenerationEvent[]> ReadAtTheEnd(PlannedDiffusionEngine engine, GenerationRequest request)
    {
        await using PlannedDiffusionEngine owned = engine;
        await using IAsyncEnumerator<GenerationEvent> reader =
            engine.GenerateSettledAsync(request, true, Cancellation).GetAsyncEnumerator(Cancellation);
        Assert.True(await reader.MoveNextAsync());
        Assert.IsType<Started>(reader.Current);
        Assert.True(await engine.DrainAsync(cancellationToken: Cancellation));
        List<GenerationEvent> events = [reader.Current];
        while (await reader.MoveNextAsync()) events.Add(reader.Current);
        return [.. events];
    }

    private static string Text(IEnumerable<GenerationEvent> events) =>
        string.Concat(events.OfType<TextSettled>().Select(piece => piece.Text));

    private static T[] Seen<T>(IEnumerable<GenerationEvent> events) => [.. events.OfType<T>()];

    private static (int, int, int, int)[] Revealed(IEnumerable<GenerationEvent> events) =>
        [.. events.SelectMany(happened => happened switch
        {
            SpanProgress span => span.At.Zip(span.Tokens, (at, id) => (span.Round, span.Span, at, id)),
            SpanCompleted span => span.At.Zip(span.Tokens, (at, id) => (span.Round, span.Span, at, id)),
            _ => [],
        }).Order()];

    /// <summary>Each reading of the time takes a tick, and is written down.</summary>
    private sealed class WatchedClock : TimeProvider
    {
        private long _now;

        public ConcurrentQueue<string> Threads { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp()
        {
            Threads.Enqueue(Thread.CurrentThread.Name ?? "");
            return Interlocked.Increment(ref _now);
        }
    }
}
