using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Cli.Shared;

/// <summary>The cost of the requests of <c>bench/workloads</c> when they are replayed, without a network.</summary>
public sealed class RecordedRequestTests
{
    private static readonly RunnerLimits Room = new() { MaxPositions = 2048, MaxRowsPerStep = 1024 };

    /// <summary>
    /// Span tokens divided by passes: the factor of passes saved over one token at a time. The cases are without
    /// drafts, with drafts, and with drafts only in passes of at most seven other rows, which excludes an answer's
    /// first pass.
    /// </summary>
    [Theory]
    [InlineData("alpaca30", 1.92, 2.25, 2.23)]
    [InlineData("alpaca30 without runaways", 1.82, 2.13, 2.12)]
    [InlineData("alpaca40-ratio50", 2.78, 3.46, 3.41)]
    [InlineData("alpaca40-ratio50 without runaways", 2.79, 3.47, 3.43)]
    [InlineData("alpaca40-ratio25", 3.88, 5.50, 5.39)]
    [InlineData("alpaca40-ratio50-threshold90 without runaways", 2.65, 3.32, 3.27)]
    [InlineData("alpaca40-ratio25-threshold90 without runaways", 3.71, 5.14, 5.04)]
    public async Task ReplayedPassesHaveTheRecordedRatio(string name, double none, double drafts, double small)
    {
        string file = name.Split(' ')[0];
        RecordedRequest[] requests = [.. Read(file).Where(request => file == name || !request.Runaway)];
        Assert.Equal(none, await Ratio(requests, drafts: false), 0.005);
        Assert.Equal(drafts, await Ratio(requests, drafts: true), 0.005);
        Assert.Equal(small, await Ratio(requests, drafts: true, exactRows: 8), 0.005);
    }

    [Fact]
    public async Task TotalsGiveNearlyTheSameRatioAsFirstPlans()
    {
        RecordedRequest[] requests = [.. Read("alpaca30").Where(request => !request.Runaway)];
        Assert.Equal(
            1.81, await Ratio(requests.Select(request => request with { PlanTokens = null }), drafts: false), 0.005);
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
            GenerationResult result = await Replay(engine, request, new GenerationOptions());
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
    public void PlansShareTheTokensOutsideSpans()
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
            return [.. request.ToRequest(engine, new GenerationOptions()).Request.Options.Experiment!.ForcedPlans
                .Select(plan => engine.Tokenizer.Decode(plan.AsSpan()))];
        }
    }

    [Fact]
    public void ARunawayAnswerHasPlansLikeTheOthers()
    {
        RecordedRequest runaway = Read("alpaca40-ratio50")[0];
        Assert.True(runaway.Runaway);
        Assert.Equal(50 + 2 + 7, runaway.TotalTokens); // the others have 6.66 tokens a span
    }

    /// <summary>The rule of the released code gives the steps that were recorded without a threshold.</summary>
    [Theory]
    [InlineData("alpaca40-ratio50", 0.5)]
    [InlineData("alpaca40-ratio25", 0.25)]
    public async Task TheScheduleTakesTheRecordedSteps(string file, double ratio)
    {
        var options = new GenerationOptions { Decoding = new PlannedOptions { StepsRatio = ratio } };
        using PlannedDiffusionEngine engine = Engine();
        foreach (RecordedRequest request in Read(file))
        {
            GenerationResult result = await Replay(engine, request with { Steps = null }, options);
            Assert.Equal(request.Steps, result.Rounds.Select(round => round.Steps));
        }
    }

    private static RecordedRequest[] Read(string file) =>
        RecordedRequest.Read(Repository.PathTo("bench", "workloads", file + ".jsonl"));

    private static PlannedDiffusionEngine Engine(int exactRows = int.MaxValue) =>
        Around(new ExactRowsRunner(new IdleRunner(Config, Room, answer: 40), exactRows));

    private static async Task<double> Ratio(
        IEnumerable<RecordedRequest> requests, bool drafts, int exactRows = int.MaxValue)
    {
        using PlannedDiffusionEngine engine = Engine(exactRows);
        var options = new GenerationOptions { Decoding = new PlannedOptions { DraftPlans = drafts } };
        int tokens = 0, passes = 0;
        foreach (RecordedRequest request in requests)
        {
            passes += (await Replay(engine, request, options)).CriticalPath.Passes.Length;
            tokens += request.Rounds.Sum(round => round.Sum());
        }

        return (double)tokens / passes;
    }

    private static Task<GenerationResult> Replay(
        PlannedDiffusionEngine engine, RecordedRequest request, GenerationOptions options) =>
        engine.CompleteAsync(request.ToRequest(engine, options).Request, TestContext.Current.CancellationToken);
}
