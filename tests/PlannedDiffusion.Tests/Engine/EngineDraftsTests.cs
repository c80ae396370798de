using System.Diagnostics.Metrics;
using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;
using static PlannedDiffusion.Tests.Engine.AnyRequest;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Drafts show only in passes.</summary>
public sealed class EngineDraftsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>With any plan or none: the same events in order, and the same result except for passes.</summary>
    [Fact]
    public void ListenersGetTheSameEvents() => Prop.ForAll(
        Gen.Choose(0, 3).ToArbitrary(),
        Gen.Choose(0, 3).ToArbitrary(),
        Gen.Choose(0, 10_000).ToArbitrary(),
        (decoder, plan, seed) =>
        {
            GenerationRequest request = Of((DecoderKind)decoder, plan, seed);
            GenerationOptions options = request.Options.Decoding is not PlannedOptions ? request.Options
                : request.Options.WithExperiment(
                    one => one with { DropTopics = seed % 3 == 1, DropSyncs = seed % 5 == 2 });
            string[] expected = Heard(Runner(), drafts: false);
            Assert.Equal(expected, Heard(Runner(), drafts: true));
            Assert.Equal(expected, Heard(new AheadRunner(Runner()), drafts: true));
            Assert.Equal(expected, Heard(new ExactRowsRunner(Runner(), 8), drafts: true));

            string[] Heard(IModelRunner runner, bool drafts) => Listen(
                runner, request with { Options = options.WithDrafts(drafts) }, passes: false, Cancellation);

            ScriptedRunner Runner() => new(ReferenceRunner(), position => WrittenAt(position, seed));
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(80).WithReplay(4, 5));

    /// <summary>An ablation removes parts of a plan, but the events have the plan as written.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void APlanIsReportedAsWritten(bool drafts, bool ahead)
    {
        using PlannedDiffusionEngine engine = Around(Device(ReferenceRunner(), ahead));
        int all = Tokenizer.EncodeTrusted(First).Length;
        foreach (int most in (int[])[all, all - 1, all - 2]) // the plan is cut before its last promise ends
        {
            GenerationOptions options = Planned(First).WithExperiment(one => one with { DropTopics = true })
                .WithPlans(plans => plans with { DraftPlans = drafts, MaxPlanTokens = most, MaxRounds = 1 });
            string told = string.Concat(Events(engine, options).OfType<PlanDelta>().Select(delta => delta.Text));
            string written = First[..^"<sync/>".Length];
            Assert.Equal(most < all - 1 ? written[..^"</topic>".Length] : written, told);
        }
    }

    [Fact]
    public void DeltasMarkDraftedTokens()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        List<GenerationEvent> events = Events(engine, Planned(First, Second));
        PlanDelta[] first = [.. events.OfType<PlanDelta>().Where(delta => delta.Round == 0)];
        Assert.Equal(
            [" ", "</topic>", "<promise>-<topic>", " ", "</topic>"],
            first.Where(delta => delta.Drafted).Select(delta => delta.Text));
        PlanDelta[] second = [.. events.OfType<PlanDelta>().Where(delta => delta.Round == 1)];
        Assert.Equal(
            ["<promise>-<topic>", " ", "</topic>"],
            second.Where(delta => delta.Drafted).Select(delta => delta.Text));
        CriticalPath path = Assert.IsType<Completed>(events[^1]).Result.CriticalPath;
        Assert.Equal(8, path.Kept);
        Assert.InRange(path.Drafted, path.Kept, path.Rows);
        Assert.Equal(Tokenizer.EncodeTrusted(First + Second).Length - 8, path.Passes.Length - path.DenoiseSteps.Sum());
    }

    [Fact]
    public void AnAnswerThatRepeatsItselfIsWrittenInFewerPasses()
    {
        const string Repeated = "one two three ";
        var runner = new ScriptedRunner(ReferenceRunner(), position => Tokenizer.Encode(Repeated)[position % 14]);
        using PlannedDiffusionEngine engine = Around(runner);
        var options = new GenerationOptions
        {
            Decoding = new AutoregressiveOptions { PromptLookup = true },
            MaxNewTokens = 14 * 5,
        };
        List<GenerationEvent> events = Events(engine, options);
        GenerationResult result = Assert.IsType<Completed>(events[^1]).Result;
        Assert.Equal(result.Text, string.Concat(events.OfType<TextDelta>().Select(delta => delta.Text)));
        Assert.Equal(14 * 5, result.CriticalPath.Passes.Length + result.CriticalPath.Kept);
        Assert.Equal(result.CriticalPath.Kept, events.OfType<TextDelta>().Count(delta => delta.Drafted));
        Assert.InRange(result.CriticalPath.Passes.Length, 14 + 3, 14 + 3 + 8); // eight tokens a pass from then on
    }

    [Fact]
    public void PlansAreDraftedByDefault()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        Assert.True(Drafted(Planned(First)) > 0);
        Assert.Equal(0, Drafted(Planned(First).WithDrafts(false)));
        Assert.Equal(0, Drafted(new GenerationOptions { Decoding = new AutoregressiveOptions(), MaxNewTokens = 30 }));

        int Drafted(GenerationOptions options) =>
            Assert.IsType<Completed>(Events(engine, options)[^1]).Result.CriticalPath.Drafted;
    }

    [Fact]
    public void DraftedAndKeptTokensAreCountedByStage()
    {
        var counts = new Dictionary<string, long>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == EngineTelemetry.Name) listener.EnableMeasurementEvents(instrument);
            },
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags.Length == 0 || tags[0].Key != "stage") return;
            lock (counts)
            {
                string name = $"{instrument.Name} {tags[0].Value}";
                counts[name] = counts.GetValueOrDefault(name) + value;
            }
        });
        meters.Start();
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        GenerationResult result = Assert.IsType<Completed>(Events(engine, Planned(First, Second))[^1]).Result;
        lock (counts)
        {
            foreach (IGrouping<DecodingStage, DecodingPass> stage in
                result.CriticalPath.Passes.Where(pass => pass.Drafted > 0).GroupBy(pass => pass.Stage))
            {
                // Other tests may count at the same time.
                Assert.True(counts[$"planned_diffusion.drafted_tokens {stage.Key}"] >= stage.Sum(pass => pass.Drafted));
                Assert.True(counts[$"planned_diffusion.kept_tokens {stage.Key}"] >= stage.Sum(pass => pass.Kept));
            }
        }
    }

    private static List<GenerationEvent> Events(PlannedDiffusionEngine engine, GenerationOptions options) =>
        [.. engine.GenerateAsync(Request("say", options), Cancellation).ToBlockingEnumerable(Cancellation)];
}
