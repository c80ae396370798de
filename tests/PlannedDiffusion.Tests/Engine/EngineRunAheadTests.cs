using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;
using static PlannedDiffusion.Tests.Engine.AnyRequest;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>
/// An engine on a runner that runs ahead gives the same events and answers, and keeps the runner busy.
/// </summary>
public sealed class EngineRunAheadTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>With any way of decoding and any plan or none: the same events in order, and the same result.</summary>
    [Fact]
    public void ListenersGetTheSameEvents() => Prop.ForAll(
        Gen.Choose(0, 5).ToArbitrary(),
        Gen.Choose(0, 3).ToArbitrary(),
        Gen.Choose(0, 10_000).ToArbitrary(),
        (decoder, plan, seed) =>
        {
            GenerationRequest request = Of((DecoderKind)decoder, plan, seed);
            request = request with { Options = request.Options.WithDrafts(false) }; // plans run ahead, too
            string[] expected = Heard(new ScriptedRunner(ReferenceRunner(), TokenAt));
            foreach (int depth in (int[])[0, 2, int.MaxValue])
            {
                IModelRunner runner = new AheadRunner(new ScriptedRunner(ReferenceRunner(), TokenAt), depth);
                Assert.Equal(expected, Heard(runner));
            }

            string[] Heard(IModelRunner runner) => Listen(runner, request, passes: true, Cancellation);

            int? TokenAt(int position) => WrittenAt(position, seed);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(4, 5));

    /// <summary>Without a listener nothing is read before all steps are requested.</summary>
    [Fact]
    public async Task StepsOfAFixedScheduleDoNotWait()
    {
        var runner = new AheadRunner(ReferenceRunner(), int.MaxValue);
        using PlannedDiffusionEngine engine = Around(runner);
        GenerationResult result = await engine.CompleteAsync(
            Request("say", Planned(First, Second).WithDrafts(false)), Cancellation);
        Assert.Equal(1, runner.Waits);
        Assert.Equal(result.CriticalPath.Passes.Length, runner.Steps);
        Assert.Equal(0, result.CriticalPath.SurplusPasses);
        Assert.Equal(
            result.CriticalPath.Passes.Select(pass => pass.Stage).Distinct().Order(),
            result.CriticalPath.Time().Keys.Order());
    }

    /// <summary>A listener waits for each step while the next one runs.</summary>
    [Fact]
    public async Task AListenerDoesNotDelayTheRunner()
    {
        var runner = new AheadRunner(ReferenceRunner());
        using PlannedDiffusionEngine engine = Around(runner);
        var progress = 0;
        GenerationOptions options = Planned(First, Second).WithDrafts(false);
        await foreach (GenerationEvent happened in engine.GenerateAsync(Request("say", options), Cancellation))
        {
            if (happened is SpanProgress) progress++;
        }

        Assert.True(progress > 10);
        Assert.Equal(1, runner.Stalls); // the end
    }

    /// <summary>Requests that share steps wait for the same step while the next one runs.</summary>
    [Fact]
    public async Task ConcurrentRequestsDoNotDelayTheRunner()
    {
        var ahead = new AheadRunner(ReferenceRunner());
        var runner = new GatedRunner(ahead, permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        var options = new GenerationOptions { Decoding = new AutoregressiveOptions(), MaxNewTokens = 25 };
        Task<GenerationResult>[] all =
            [.. Enumerable.Range(0, 4).Select(i => engine.CompleteAsync(Request($"{i}", options), Cancellation))];
        await runner.StepArrives(Cancellation);
        runner.Permit(1000);
        GenerationResult[] results = await Task.WhenAll(all);
        Assert.All(results, result => Assert.Equal(25, result.CriticalPath.Passes.Length));
        // Each request waits for its last step, and the first request may have begun alone.
        Assert.InRange(ahead.Stalls, 1, 4);
        Assert.InRange(ahead.Waits, 25, 30);
    }

    [Fact]
    public async Task SurplusPassesAreCountedApart()
    {
        var options = new GenerationOptions
        {
            Decoding = new PlannedOptions { MaxPlanTokens = 40, DraftPlans = false },
            MaxLength = 200,
        };
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
}
