using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>The events of a request, and its result.</summary>
public sealed class EngineEventsTests
{
    private const string First = "x<promise>-<topic>uno 1</topic><promise>-<topic>due 2</topic><sync/>";
    private const string Second = "<promise>-<topic>tre 1</topic><|im_end|>";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task APlannedAnswerReportsPlanThenSpans(bool ahead)
    {
        using PlannedDiffusionEngine engine = Around(Device(ReferenceRunner(), ahead));
        GenerationRequest request = Request("say", Planned(First, Second));
        List<GenerationEvent> events = await Listen(engine, request);
        GenerationResult result = Assert.IsType<Completed>(events[^1]).Result;

        string[] plans = [.. Enumerable.Range(0, 2).Select(round => string.Concat(
            events.OfType<PlanDelta>().Where(delta => delta.Round == round).Select(delta => delta.Text)))];
        Assert.Equal([First[..^"<sync/>".Length], Second[..^"<|im_end|>".Length]], plans);
        PlanReady[] ready = [.. events.OfType<PlanReady>()];
        Assert.Equal([new PlanItem("uno", 10), new PlanItem("due", 20)], ready[0].Spans);
        Assert.Equal([new PlanItem("tre", 10)], ready[1].Spans);

        Assert.Equal(
            result.Rounds.SelectMany((round, r) =>
                round.Spans.Select((span, s) => (r, s, span.CompletedAtStep, span.Text))),
            events.OfType<SpanCompleted>().Select(done => (done.Round, done.Span, done.Step, done.Text))
                .Order());
        foreach (IGrouping<(int, int), SpanProgress> span in
            events.OfType<SpanProgress>().GroupBy(progress => (progress.Round, progress.Span)))
        {
            int[] revealed = [.. span.Select(progress => progress.Revealed)];
            Assert.Equal(revealed.Distinct().Order(), revealed);
            Assert.All(span, progress => Assert.Equal(
                progress.Length - progress.Revealed,
                progress.Text.Count(c => c == GenerationEvent.Unrevealed)));
        }

        Assert.Equal((await engine.CompleteAsync(request, Cancellation)).Tokens, result.Tokens);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ResultsCountTokensAndPasses(bool ahead)
    {
        using PlannedDiffusionEngine engine = Around(Device(ReferenceRunner(), ahead));
        GenerationOptions options = Planned(First, Second).WithDrafts(false);
        GenerationResult result = await engine.CompleteAsync(Request("say", options), Cancellation);
        int[] first = Tokenizer.EncodeTrusted(First), second = Tokenizer.EncodeTrusted(Second);

        Assert.Equal(FinishReason.Completed, result.Finish);
        Assert.Equal(new TokenUsage(3, first.Length + second.Length - 1, 12 + 22 + 12, 0), result.Usage);
        Assert.Equal(result.Tokens.Length, result.Usage.Generated);
        CriticalPath path = result.CriticalPath;
        Assert.Equal(1, path.Count(DecodingStage.Prefill));
        Assert.Equal(1, path.Count(DecodingStage.Sync));
        Assert.Equal(first.Length - 1 + second.Length - 1, path.Count(DecodingStage.Plan));
        Assert.Equal([10, 5], path.DenoiseSteps);
        Assert.Equal(15, path.Count(DecodingStage.Denoise));
        Assert.Equal(3 + first.Length - 1 + second.Length, path.Rows - DenoiseRows(path));
        Assert.Equal(path.Time().Keys.Order(), path.Passes.Select(pass => pass.Stage).Distinct().Order());
        Assert.Equal(result.Tokens.Length / (double)path.Passes.Length, path.TokensPerPass);
        Assert.StartsWith("x<promise>-<topic>uno 1</topic>", result.RawText, StringComparison.Ordinal);
        Assert.DoesNotContain("<async>", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("</topic>", result.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PiecesOfAnAutoregressiveAnswerFormTheAnswer(bool ahead)
    {
        using PlannedDiffusionEngine engine = Around(Device(ReferenceRunner(), ahead));
        var options = new GenerationOptions { Decoding = new AutoregressiveOptions(), MaxNewTokens = 20 };
        List<GenerationEvent> events = await Listen(engine, Request("say", options));
        GenerationResult result = Assert.IsType<Completed>(events[^1]).Result;
        Assert.Equal(result.Text, string.Concat(events.OfType<TextDelta>().Select(delta => delta.Text)));
        Assert.Equal(20, result.Tokens.Length);
        Assert.Equal(FinishReason.MaxLength, result.Finish);
        Assert.Equal(new TokenUsage(3, 0, 0, 20), result.Usage);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PlainDiffusionIsReportedAsOneSpan(bool ahead)
    {
        using PlannedDiffusionEngine engine = Around(Device(ReferenceRunner(), ahead));
        var options = new GenerationOptions
        {
            Decoding = new DiffusionOptions { StepsRatio = 0.25 },
            MaxNewTokens = 12,
        };
        List<GenerationEvent> events = await Listen(engine, Request("say", options));
        GenerationResult result = Assert.IsType<Completed>(events[^1]).Result;
        Assert.Equal(12, result.Tokens.Length);
        Assert.DoesNotContain(Tags.Mask, result.Tokens);
        Assert.Equal(3, result.CriticalPath.Count(DecodingStage.Denoise));
        Assert.Equal(3, Assert.Single(events.OfType<SpanCompleted>()).Step);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FastDllmFillsBlocksInTurn(bool ahead)
    {
        using PlannedDiffusionEngine engine = Around(Device(ReferenceRunner(), ahead));
        var options = new GenerationOptions
        {
            Decoding = new FastDllmOptions { BlockLength = 8, Unmasking = new ThresholdUnmasking(0) },
            MaxNewTokens = 20,
        };
        GenerationResult result = Assert.IsType<Completed>((await Listen(engine, Request("say", options)))[^1]).Result;
        Assert.Equal(20, result.Tokens.Length);
        Assert.DoesNotContain(Tags.Mask, result.Tokens);

        // Blocks of 8, 8 and 4: a pass for the first token of each, and at threshold 0 one for all others.
        Assert.Equal(6, result.CriticalPath.Count(DecodingStage.Denoise));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ACallersPlanSkipsThePlanningStage(bool ahead)
    {
        using PlannedDiffusionEngine engine = Around(Device(ReferenceRunner(), ahead));
        GenerationRequest request = Request("say", Planned()) with
        {
            Plan = [new PlanItem("first </topic>", 7), new PlanItem("top 5", 12)],
        };
        List<GenerationEvent> events = await Listen(engine, request);
        Assert.Equal([7, 12], Assert.Single(events.OfType<PlanReady>()).Spans.Select(item => item.Length));
        GenerationResult result = Assert.IsType<Completed>(events[^1]).Result;
        Assert.All(result.CriticalPath.Passes, pass => Assert.Equal(DecodingStage.Denoise, pass.Stage));
        Assert.Equal(["first </topic>", "top 5"], result.Rounds[0].Spans.Select(span => span.Topic));
        Assert.Equal(9 + 14, result.Usage.Spans);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task StrictPlansEndTheRequestOnly(bool ahead)
    {
        using PlannedDiffusionEngine engine = Around(Device(ReferenceRunner(), ahead));
        GenerationOptions options = Planned("no promise<|im_end|>").WithPlans(plans => plans with { Strict = true });
        await Assert.ThrowsAsync<PlanFormatException>(() =>
            engine.CompleteAsync(Request("say", options), Cancellation));
        await Assert.ThrowsAsync<PlanFormatException>(() => Listen(engine, Request("say", options)));
        options = options.WithPlans(plans => plans with { Strict = false });
        GenerationResult lenient = await engine.CompleteAsync(Request("say", options), Cancellation);
        Assert.Equal("no promise", lenient.Text);
    }

    private static long DenoiseRows(CriticalPath path) =>
        path.Passes.Where(pass => pass.Stage == DecodingStage.Denoise).Sum(pass => (long)pass.Rows);

    private static async Task<List<GenerationEvent>> Listen(PlannedDiffusionEngine engine, GenerationRequest request)
    {
        var events = new List<GenerationEvent>();
        await foreach (GenerationEvent happened in engine.GenerateAsync(request, Cancellation)) events.Add(happened);
        return events;
    }
}
