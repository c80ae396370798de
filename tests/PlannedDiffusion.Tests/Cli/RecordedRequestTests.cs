using PlannedDiffusion.Cli.Benchmarks;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Cli;

/// <summary>What the requests of <c>bench/workloads</c> cost when they are replayed, without a network.</summary>
public sealed class RecordedRequestTests
{
    private static readonly RunnerLimits Room = new() { MaxPositions = 2048, MaxRowsPerStep = 1024 };

    /// <summary>Span tokens over passes: how many times fewer passes than one token at a time.</summary>
    [Theory]
    [InlineData("alpaca30", Drafts.None, 1.92, 1.82)]
    [InlineData("alpaca40-ratio50", Drafts.None, 2.78, 2.79)]
    [InlineData("alpaca40-ratio25", Drafts.None, 3.88, 3.88)]
    [InlineData("alpaca40-ratio50-threshold90", Drafts.None, 2.64, 2.65)]
    [InlineData("alpaca40-ratio25-threshold90", Drafts.None, 3.70, 3.71)]
    [InlineData("alpaca30", Drafts.PlanGrammar, 2.25, 2.13)]
    [InlineData("alpaca40-ratio50", Drafts.PlanGrammar, 3.46, 3.47)]
    [InlineData("alpaca40-ratio25", Drafts.PlanGrammar, 5.50, 5.50)]
    [InlineData("alpaca40-ratio50-threshold90", Drafts.PlanGrammar, 3.29, 3.32)]
    [InlineData("alpaca40-ratio25-threshold90", Drafts.PlanGrammar, 5.12, 5.14)]
    public async Task PassesAreFewerByTheRecordedRatio(
        string file, Drafts drafts, double all, double withoutRunaways)
    {
        RecordedRequest[] requests = Read(file);
        using PlannedDiffusionEngine engine = Engine();
        Assert.Equal(all, await Ratio(engine, requests, drafts), 0.005);
        Assert.Equal(
            withoutRunaways, await Ratio(engine, requests.Where(request => !request.Runaway), drafts), 0.005);
    }

    /// <summary>On a GPU no draft joins the prefill, nor the spans that a sync refreshes.</summary>
    [Theory]
    [InlineData("alpaca30", 2.23)]
    [InlineData("alpaca40-ratio50", 3.41)]
    [InlineData("alpaca40-ratio25", 5.39)]
    public async Task SmallStepsAloneAreDrafted(string file, double ratio)
    {
        using PlannedDiffusionEngine engine =
            Around(new ExactRowsRunner(new IdleRunner(Config, Room, answer: 40), 8));
        Assert.Equal(ratio, await Ratio(engine, Read(file), Drafts.PlanGrammar), 0.005);
    }

    [Theory]
    [InlineData(Drafts.None, 1.81)]
    [InlineData(Drafts.PlanGrammar, 2.11)]
    public async Task TotalsGiveNearlyTheSameRatioAsFirstPlans(Drafts drafts, double ratio)
    {
        using PlannedDiffusionEngine engine = Engine();
        IEnumerable<RecordedRequest> requests = Read("alpaca30").Where(request => !request.Runaway);
        double actual = await Ratio(engine, requests.Select(request => request with { PlanTokens = null }), drafts);
        Assert.Equal(ratio, actual, 0.005);
    }

    [Theory]
    [InlineData("alpaca40-ratio50")]
    [InlineData("alpaca40-ratio25")]
    [InlineData("alpaca40-ratio50-threshold90")]
    [InlineData("alpaca40-ratio25-threshold90")]
    public async Task TheAnswerHasTheRecordedTokensAndSteps(string file)
    {
        using PlannedDiffusionEngine engine = Engine();
        foreach (RecordedRequest request in Read(file))
        {
            GenerationResult result = await Replay(engine, request);
            Assert.Equal(request.Rounds.Length, result.Rounds.Count);
            Assert.Equal(request.Steps, result.Rounds.Select(round => round.Steps));
            Assert.Equal(
                request.Rounds.SelectMany(round => round),
                result.Rounds.SelectMany(round => round.Spans).Select(span => span.Length));
            // The token that ends the last plan is not part of the answer.
            Assert.Equal(request.TotalTokens!.Value, result.Tokens.Length + 1);
        }
    }

    [Fact]
    public void PlansShareTheTokensThatAreNoSpans()
    {
        const int spans = 20 + 10 + 110 + (3 * 2), promises = 3 + 3 + 4, terminators = 2, topics = 8;
        RecordedRequest request = new()
        {
            PromptTokens = 4,
            TotalTokens = spans + promises + terminators + topics,
            Rounds = [[20], [10, 110]],
        };
        string[] plans =
        [
            "<promise>-<topic>a 2</topic><sync/>",
            "<promise>-<topic>aa 1</topic><promise>-<topic>aa 11</topic><|im_end|>",
        ];
        Assert.Equal(plans, Plans(request));
        Assert.Equal(4 + request.TotalTokens, request.Length);
        plans = [plans[0].Replace("a ", ""), plans[1].Replace("aa ", "")];
        Assert.Equal(plans, Plans(request with { TotalTokens = spans }));

        static IEnumerable<string> Plans(RecordedRequest request)
        {
            using PlannedDiffusionEngine engine = Engine();
            return [.. request.ToRequest(engine, new GenerationOptions()).Request.Options.ForcedPlans
                .Select(plan => engine.Tokenizer.Decode(plan.AsSpan()))];
        }
    }

    [Fact]
    public void ARunawayHasPlansAsTheOtherAnswers()
    {
        RecordedRequest runaway = Read("alpaca40-ratio50")[0];
        Assert.True(runaway.Runaway);
        Assert.Equal(50 + 2 + 7, runaway.TotalTokens); // the others take 6.66 tokens a span
    }

    /// <summary>The released code's rule gives the steps that were recorded without a threshold.</summary>
    [Theory]
    [InlineData("alpaca40-ratio50", 0.5)]
    [InlineData("alpaca40-ratio25", 0.25)]
    public async Task TheScheduleTakesTheRecordedSteps(string file, double ratio)
    {
        using PlannedDiffusionEngine engine = Engine();
        foreach (RecordedRequest request in Read(file))
        {
            GenerationResult result = await Replay(engine, request with { Steps = null }, ratio);
            Assert.Equal(request.Steps, result.Rounds.Select(round => round.Steps));
        }
    }

    private static RecordedRequest[] Read(string file) =>
        RecordedRequest.Read(Repository.PathTo("bench", "workloads", file + ".jsonl"));

    private static PlannedDiffusionEngine Engine() => Around(new IdleRunner(Config, Room, answer: 40));

    private static async Task<double> Ratio(
        PlannedDiffusionEngine engine, IEnumerable<RecordedRequest> requests, Drafts drafts)
    {
        int tokens = 0, passes = 0;
        foreach (RecordedRequest request in requests)
        {
            passes += (await Replay(engine, request, drafts: drafts)).CriticalPath.Passes.Length;
            tokens += request.Rounds.Sum(round => round.Sum());
        }

        return (double)tokens / passes;
    }

    private static Task<GenerationResult> Replay(
        PlannedDiffusionEngine engine, RecordedRequest request, double stepsRatio = 1, Drafts? drafts = null)
    {
        var options = new GenerationOptions { StepsRatio = stepsRatio, Drafts = drafts };
        MeasuredRequest one = request.ToRequest(engine, options);
        return engine.CompleteAsync(one.Request, TestContext.Current.CancellationToken);
    }
}
