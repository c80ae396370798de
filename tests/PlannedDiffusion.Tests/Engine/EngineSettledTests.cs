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
            GenerationEvent[] settled =
                [.. engine.GenerateSettledAsync(request, Cancellation).ToBlockingEnumerable(Cancellation)];
            GenerationEvent[] all = [.. engine.GenerateAsync(request, Cancellation).ToBlockingEnumerable(Cancellation)];
            GenerationResult result = Assert.IsType<Completed>(settled[^1]).Result;
            Assert.Equal(((Completed)all[^1]).Result.Tokens, result.Tokens);
            Assert.Equal(result.Text, string.Concat(settled.OfType<TextSettled>().Select(piece => piece.Text)));
            Assert.All(settled.OfType<TextSettled>(), piece => Assert.NotEmpty(piece.Text));
            Assert.Equal(all.OfType<SpanCompleted>(), settled.OfType<SpanCompleted>());
            Assert.Equal(Plans(all), Plans(settled));
            Assert.All(settled, happened => Assert.True(
                happened is TextSettled or PlanReady or SpanCompleted or Completed, happened.ToString()));
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(8, 9));

    [Fact]
    public async Task ThePlanComesBeforeTheTextOfItsSpans()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        var names = new List<string>();
        await foreach (GenerationEvent happened in engine.GenerateSettledAsync(
            Request("say", Planned("<promise>-<topic>uno 1</topic><|im_end|>")), Cancellation))
        {
            if (names.LastOrDefault() != happened.GetType().Name) names.Add(happened.GetType().Name);
        }

        Assert.Equal([nameof(PlanReady), nameof(TextSettled), nameof(SpanCompleted), nameof(Completed)], names);
    }

    [Fact]
    public void ABadRequestIsRefusedAtTheCall()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        Assert.Throws<ArgumentException>(() => engine.GenerateSettledAsync(new GenerationRequest(), Cancellation));
        Assert.Throws<ArgumentNullException>(() => engine.GenerateSettledAsync(null!, Cancellation));
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
                Request("say", options), Cancellation))
                events.Add(happened);
        });
        Assert.Equal("no promise", string.Concat(events.Cast<TextSettled>().Select(piece => piece.Text)));
    }

    private static string[] Plans(IEnumerable<GenerationEvent> events) => [.. events.OfType<PlanReady>()
        .Select(plan => $"{plan.Round} {string.Join(", ", plan.Spans)} {plan.PlannedSteps}")];
}
