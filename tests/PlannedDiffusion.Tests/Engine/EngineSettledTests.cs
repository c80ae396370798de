using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>What a listener hears who wants to hear nothing that may change.</summary>
public sealed class EngineSettledTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Any way of decoding, any plan or none, on a runner that runs ahead or not.</summary>
    [Fact]
    public void SettledEventsAreThoseOfTheAnswer() => Prop.ForAll(
        Gen.Choose(0, 5).ToArbitrary(),
        Gen.Choose(0, 3).ToArbitrary(),
        Gen.Choose(0, 10_000).ToArbitrary(),
        (decoder, plan, seed) =>
        {
            GenerationRequest request = AnyRequest.Of((DecoderKind)decoder, plan, seed);
            using PlannedDiffusionEngine engine = Around(Device(
                new ScriptedRunner(ReferenceRunner(), position => AnyRequest.WrittenAt(position, seed)),
                ahead: seed % 3 == 0));
            GenerationEvent[] settled = Settled(engine, request, reveals: false);
            GenerationEvent[] all = [.. engine.GenerateAsync(request, Cancellation).ToBlockingEnumerable(Cancellation)];
            GenerationResult result = Assert.IsType<Completed>(settled[^1]).Result;
            Assert.Equal(((Completed)all[^1]).Result.Tokens, result.Tokens);
            Assert.Equal(result.Text, string.Concat(settled.OfType<TextSettled>().Select(piece => piece.Text)));
            Assert.All(settled.OfType<TextSettled>(), piece => Assert.NotEmpty(piece.Text));
            Assert.Equal(Spans(all), Spans(settled));
            Assert.Equal(Plans(all), Plans(settled));
            Assert.All(settled, happened => Assert.True(
                happened is TextSettled or PlanReady or SpanCompleted or Completed, happened.ToString()));
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(8, 9));

    /// <summary>With reveals the same is told, and beside it what is under way.</summary>
    [Fact]
    public void RevealsAreToldBesideWhatIsSettled() => Prop.ForAll(
        Gen.Choose(0, 5).ToArbitrary(),
        Gen.Choose(0, 3).ToArbitrary(),
        Gen.Choose(0, 10_000).ToArbitrary(),
        (decoder, plan, seed) =>
        {
            GenerationRequest request = AnyRequest.Of((DecoderKind)decoder, plan, seed);
            using PlannedDiffusionEngine engine = Around(Device(
                new ScriptedRunner(ReferenceRunner(), position => AnyRequest.WrittenAt(position, seed)),
                ahead: seed % 3 == 0));
            GenerationEvent[] without = Settled(engine, request, reveals: false);
            GenerationEvent[] with = Settled(engine, request, reveals: true);
            GenerationEvent[] all = [.. engine.GenerateAsync(request, Cancellation).ToBlockingEnumerable(Cancellation)];
            Assert.Equal(Text(without), Text(with));
            Assert.Equal(Spans(without), Spans(with));
            Assert.Equal(Plans(without), Plans(with));
            Assert.Equal(PlanText(all), PlanText(with));
            Assert.Equal(without.OfType<SpanProgress>(), []);
            Assert.Equal(Revealed(without), Revealed(with));
            Assert.Equal(Revealed(all), Revealed(with));
            Assert.DoesNotContain(with, happened => happened is TextDelta);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(8, 9));

    [Fact]
    public async Task RevealsTellEachTokenOfASpanOnceWithItsPlace()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        GenerationRequest request = Request("say", Planned("<promise>-<topic>uno 2</topic><|im_end|>"));
        var tokens = new SortedDictionary<int, int>();
        int length = 0;
        await foreach (GenerationEvent happened in engine.GenerateSettledAsync(request, true, Cancellation))
        {
            (var at, var ids) = happened switch
            {
                SpanProgress progress => (progress.At, progress.Tokens),
                SpanCompleted span => (span.At, span.Tokens),
                _ => ([], []),
            };
            Assert.Equal(at.Length, ids.Length);
            for (int i = 0; i < at.Length; i++) tokens.Add(at[i], ids[i]);
            if (happened is SpanProgress { Length: var all, Revealed: var revealed })
            {
                Assert.Equal(revealed, tokens.Count);
                length = all;
            }
            else if (happened is Completed { Result: var result })
            {
                Assert.Equal(Enumerable.Range(0, length), tokens.Keys);
                int first = result.Tokens.Length - 1 - length;
                Assert.Equal(result.Tokens[first..^1], tokens.Values);
            }
        }

        Assert.Equal(20, length);
    }

    [Fact]
    public async Task ThePlanComesBeforeTheTextOfItsSpans()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        var names = new List<string>();
        await foreach (GenerationEvent happened in engine.GenerateSettledAsync(
            Request("say", Planned("<promise>-<topic>uno 1</topic><|im_end|>")), cancellationToken: Cancellation))
        {
            if (names.LastOrDefault() != happened.GetType().Name) names.Add(happened.GetType().Name);
        }

        Assert.Equal([nameof(PlanReady), nameof(TextSettled), nameof(SpanCompleted), nameof(Completed)], names);
    }

    [Fact]
    public void ABadRequestIsRefusedAtTheCall()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        Assert.Throws<ArgumentException>(
            () => engine.GenerateSettledAsync(new GenerationRequest(), cancellationToken: Cancellation));
        Assert.Throws<ArgumentNullException>(
            () => engine.GenerateSettledAsync(null!, cancellationToken: Cancellation));
    }

    [Fact]
    public async Task AFailureComesAfterTheTextBeforeIt()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        GenerationOptions options = Planned("no promise<|im_end|>").WithPlans(plans => plans with { Strict = true });
        var events = new List<GenerationEvent>();
        await Assert.ThrowsAsync<PlanFormatException>(async () =>
        {
            await foreach (GenerationEvent happened in engine.GenerateSettledAsync(
                Request("say", options), cancellationToken: Cancellation))
                events.Add(happened);
        });
        Assert.Equal("no promise", string.Concat(events.Cast<TextSettled>().Select(piece => piece.Text)));
    }

    private static GenerationEvent[] Settled(PlannedDiffusionEngine engine, GenerationRequest request, bool reveals) =>
        [.. engine.GenerateSettledAsync(request, reveals, Cancellation).ToBlockingEnumerable(Cancellation)];

    private static string Text(IEnumerable<GenerationEvent> events) =>
        string.Concat(events.OfType<TextSettled>().Select(piece => piece.Text));

    private static string PlanText(IEnumerable<GenerationEvent> events) =>
        string.Concat(events.OfType<PlanDelta>().Select(piece => $"{piece.Round} {piece.Text}"));

    private static (int, int, int, string)[] Spans(IEnumerable<GenerationEvent> events) =>
        [.. events.OfType<SpanCompleted>().Select(span => (span.Round, span.Span, span.Step, span.Text))];

    /// <summary>All revealed tokens: round, span, position, token.</summary>
    private static (int, int, int, int)[] Revealed(IEnumerable<GenerationEvent> events) =>
        [.. events.SelectMany(happened => happened switch
        {
            SpanProgress span => span.At.Zip(span.Tokens, (at, id) => (span.Round, span.Span, at, id)),
            SpanCompleted span => span.At.Zip(span.Tokens, (at, id) => (span.Round, span.Span, at, id)),
            _ => [],
        }).Order()];

    private static string[] Plans(IEnumerable<GenerationEvent> events) => [.. events.OfType<PlanReady>()
        .Select(plan => $"{plan.Round} {string.Join(", ", plan.Spans)} {plan.PlannedSteps}")];
}
