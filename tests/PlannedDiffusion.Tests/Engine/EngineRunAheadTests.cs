using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>An engine on a runner that runs ahead tells and answers the same, and keeps it busy.</summary>
public sealed class EngineRunAheadTests
{
    private const string First = "x<promise>-<topic>uno 1</topic><promise>-<topic>due 2</topic><sync/>";
    private const string Second = "<promise>-<topic>tre 1</topic><|im_end|>";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Any way of decoding, any plan or none: the same events in order, and the same result.</summary>
    [Fact]
    public void ListenersHearTheSame() => Prop.ForAll(
        Gen.Choose(0, 5).ToArbitrary(),
        Gen.Choose(0, 3).ToArbitrary(),
        Gen.Choose(0, 10_000).ToArbitrary(),
        (decoder, plan, seed) =>
        {
            GenerationRequest request = Any((DecoderKind)decoder, plan, seed);
            string[] expected = Listen(new ScriptedRunner(ReferenceRunner(), TokenAt), request);
            foreach (int depth in (int[])[0, 2, int.MaxValue])
            {
                IModelRunner runner = new AheadRunner(new ScriptedRunner(ReferenceRunner(), TokenAt), depth);
                Assert.Equal(expected, Listen(runner, request));
            }

            int TokenAt(int position) => WrittenAt(position, seed);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(4, 5));

    /// <summary>Without a listener nothing is read before all of it has been asked for.</summary>
    [Fact]
    public async Task NothingWaitsBetweenTheStepsOfAFixedSchedule()
    {
        var runner = new AheadRunner(ReferenceRunner(), int.MaxValue);
        using PlannedDiffusionEngine engine = Around(runner);
        GenerationResult result = await engine.CompleteAsync(
            Request("say", Planned(First, Second) with { Drafts = Drafts.None }), Cancellation);
        Assert.Equal(1, runner.Waits);
        Assert.Equal(result.CriticalPath.Passes.Length, runner.Steps);
        Assert.Equal(0, result.CriticalPath.SurplusPasses);
        Assert.Equal(
            result.CriticalPath.Passes.Select(pass => pass.Stage).Distinct().Order(),
            result.CriticalPath.Time.Keys.Order());
    }

    /// <summary>A listener waits for each step while the next one is under way.</summary>
    [Fact]
    public async Task AListenerDoesNotHoldTheRunnerUp()
    {
        var runner = new AheadRunner(ReferenceRunner());
        using PlannedDiffusionEngine engine = Around(runner);
        var progress = 0;
        GenerationOptions options = Planned(First, Second) with { Drafts = Drafts.None };
        await foreach (GenerationEvent happened in engine.GenerateAsync(Request("say", options), Cancellation))
        {
            if (happened is SpanProgress) progress++;
        }

        Assert.True(progress > 10);
        Assert.Equal(1, runner.Stalls); // the end
    }

    /// <summary>Requests that share steps wait for the same one, while the next is under way.</summary>
    [Fact]
    public async Task RequestsSideBySideDoNotHoldTheRunnerUp()
    {
        var ahead = new AheadRunner(ReferenceRunner());
        var runner = new GatedRunner(ahead, permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        var options = new GenerationOptions { Decoder = DecoderKind.Autoregressive, MaxNewTokens = 25 };
        Task<GenerationResult>[] all =
            [.. Enumerable.Range(0, 4).Select(i => engine.CompleteAsync(Request($"{i}", options), Cancellation))];
        await runner.StepArrives(Cancellation);
        runner.Permit(1000);
        GenerationResult[] results = await Task.WhenAll(all);
        Assert.All(results, result => Assert.Equal(25, result.CriticalPath.Passes.Length));
        // Each request ends with a step that has to be waited for, and the first may have begun alone.
        Assert.InRange(ahead.Stalls, 1, 4);
        Assert.InRange(ahead.Waits, 25, 30);
    }

    [Fact]
    public async Task SurplusPassesAreToldAndNotCounted()
    {
        var options = new GenerationOptions { MaxLength = 200, MaxPlanTokens = 40, Drafts = Drafts.None };
        GenerationRequest request = Request("say", options);
        GenerationResult[] results = new GenerationResult[2];
        int[] steps = new int[2];
        for (int i = 0; i < 2; i++)
        {
            int[] plan = Tokenizer.EncodeTrusted(First), last = Tokenizer.EncodeTrusted(Second);
            int start = Prompt(request), second = start + plan.Length - 1 + 12 + 22 + 1;
            var written = new ScriptedRunner(
                ReferenceRunner(),
                position => position < second
                    ? plan[(position - start) % plan.Length]
                    : last[(position - second) % last.Length]);
            var runner = new GatedRunner(Device(written, ahead: i == 1));
            using PlannedDiffusionEngine engine = Around(runner);
            results[i] = await engine.CompleteAsync(request, Cancellation);
            steps[i] = runner.Steps.Count;
        }

        Assert.Equal(2, results[1].Rounds.Count);
        Assert.Equal(0, results[0].CriticalPath.SurplusPasses);
        Assert.Equal(2, results[1].CriticalPath.SurplusPasses); // one for each plan
        Assert.Equal(steps[0] + 2, steps[1]);
        Assert.Equal(results[0].CriticalPath.Passes, results[1].CriticalPath.Passes);
        Assert.Equal(results[0].Tokens, results[1].Tokens);

        static int Prompt(GenerationRequest request) => Tokenizer.Encode(request.Prompt!).Length;
    }

    private static GenerationRequest Any(DecoderKind decoder, int plan, int seed)
    {
        GenerationOptions options = (plan == 0 ? Planned(First, Second) : Planned()) with
        {
            Decoder = decoder,
            MaxNewTokens = 40 + (seed % 40),
            Temperature = seed % 2,
            Seed = (ulong)seed,
            StepsRatio = 0.5,
            MaxPlanTokens = 5 + (seed % 30),
            LengthScale = 2,
            Preset = Preset.Fast,
            Unmasking = (seed % 7) switch
            {
                0 => new ScheduledUnmasking(ConfidenceKind.NegativeEntropy),
                1 => new ScheduledUnmasking(ConfidenceKind.Margin) { Scope = UnmaskScope.Round },
                2 => new ThresholdUnmasking(0.02f),
                3 => new ThresholdUnmasking(0.02f) { Scope = UnmaskScope.Round },
                4 => new CertainUnmasking(0.01f),
                5 => new CertainUnmasking(0.01f) { Scope = UnmaskScope.Round },
                _ => null,
            },
        };
        bool given = plan == 1 && options.Plans;
        return Request("say", options) with { Plan = given ? [new PlanItem("a", 5), new PlanItem("b", 9)] : null };
    }

    private static string[] Listen(IModelRunner runner, GenerationRequest request)
    {
        using PlannedDiffusionEngine engine = Around(runner);
        return [.. engine.GenerateAsync(request, Cancellation).ToBlockingEnumerable(Cancellation).Select(Text)];
    }

    private static string Text(GenerationEvent happened) => happened switch
    {
        PlanReady ready => $"{ready.Round} {string.Join(", ", ready.Spans)} {ready.PlannedSteps}",
        Completed { Result: { } result } => string.Join('\n',
        [
            result.Text,
            string.Join(' ', result.Tokens),
            string.Join(' ', result.CriticalPath.Passes),
            string.Join(' ', result.Rounds.SelectMany(round => round.Spans)),
            string.Join(' ', result.CriticalPath.DenoiseSteps),
            $"{result.Finish} {result.Usage} {result.CriticalPath.TokensPerPass}",
        ]),
        _ => happened.ToString(),
    };

    /// <summary>A model that writes promises, other things, and the ends of plans and of answers.</summary>
    private static int WrittenAt(int position, int seed)
    {
        int roll = new Random((seed * 1000) + position).Next(24);
        return roll switch
        {
            < 5 => Tags.PromiseStart,
            < 8 => Tags.PromiseEnd,
            < 12 => Tags.Digits[roll - 8],
            12 => Tags.Sync,
            13 => Tags.End,
            _ => 60 + roll,
        };
    }
}
