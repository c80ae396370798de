using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>A stop token that only a checkpoint's files name ends answers in every way of decoding.</summary>
public sealed class EngineStopTokensTests
{
    private const int Stop = 65, A = 97, B = 98;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AStopTokenEndsAnAutoregressiveAnswer(bool ahead)
    {
        using PlannedDiffusionEngine engine = Engine(position => position < 4 ? A : Stop, ahead);
        var options = new GenerationOptions { Decoding = new AutoregressiveOptions(), MaxNewTokens = 8 };
        GenerationResult result = await Answer(engine, options);
        Assert.Equal(("aaa", FinishReason.Completed), (result.Text, result.Finish));
        GenerationResult longest = await Answer(engine, options with { Experiment = new() { IgnoreEnd = true } });
        Assert.Equal(("aaaAAAAA", FinishReason.MaxLength), (longest.Text, longest.Finish));
    }

    [Theory]
    [InlineData(DecoderKind.Diffusion)]
    [InlineData(DecoderKind.FastDllm)]
    public async Task AStopTokenEndsTheTextOfADiffusedAnswer(DecoderKind decoder)
    {
        var options = new GenerationOptions { Decoding = decoder.Options(), MaxNewTokens = 12 };
        using PlannedDiffusionEngine plain = Around(ReferenceRunner());
        GenerationResult all = await Answer(plain, options);
        int stop = all.Tokens[5];
        using PlannedDiffusionEngine engine = Engine(ReferenceRunner(), stop);
        GenerationResult result = await Answer(engine, options);
        Assert.Equal(all.Tokens, result.Tokens);
        int end = result.Tokens.IndexOf(stop);
        Assert.Equal(Tokenizer.Decode(result.Tokens.AsSpan()[..end], skipSpecial: true).Trim(), result.Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AStopTokenEndsAPlanAndAPlannersPlainAnswer(bool ahead)
    {
        using PlannedDiffusionEngine engine = Engine(position => position < 4 ? A : Stop, ahead);
        GenerationResult result = await Answer(engine, new GenerationOptions { MaxLength = 40 });
        Assert.Equal(("aaa", FinishReason.Completed), (result.Text, result.Finish));

        int[] plan = [A, .. Tokenizer.EncodeTrusted("<promise>-<topic>b 1</topic>"), Stop];
        using PlannedDiffusionEngine planner =
            Engine(position => plan[Math.Min(position, plan.Length - 1)], ahead);
        var scaled = new GenerationOptions { Decoding = new PlannedOptions { LengthScale = 3 }, MaxLength = 60 };
        GenerationResult planned = await Answer(planner, scaled);
        Assert.Equal("b", Assert.Single(Assert.Single(planned.Rounds).Spans).Topic);
        Assert.Equal(FinishReason.Completed, planned.Finish);
    }

    [Fact]
    public async Task AStopTokenInASpanIsLeftOutOfTheText()
    {
        const string plan = "<promise>-<topic>b 2</topic>";
        using PlannedDiffusionEngine plain = Around(ReferenceRunner());
        GenerationResult all = await Answer(plain, Planned(plan + "<|im_end|>"));
        int[] stops = [.. all.Tokens.Except(Tokenizer.EncodeTrusted(plan)).Where(id => !Tokenizer.IsAdded(id))];
        Assert.NotEmpty(stops);
        using PlannedDiffusionEngine engine = Engine(ReferenceRunner(), stops);
        GenerationResult result = await Answer(engine, Planned(plan + "<|im_end|>"));
        Assert.Equal(all.Tokens, result.Tokens);
        SpanResult span = Assert.Single(Assert.Single(result.Rounds).Spans);
        Assert.NotEqual(all.Rounds[0].Spans[0].Text, span.Text);
        Assert.All(stops, stop => Assert.DoesNotContain(Tokenizer.Decode([stop]), span.Text, StringComparison.Ordinal));
    }

    private static Task<GenerationResult> Answer(PlannedDiffusionEngine engine, GenerationOptions options) =>
        engine.CompleteAsync(Request("x", options), TestContext.Current.CancellationToken);

    /// <summary>An engine whose model writes the test's tokens, one at a time.</summary>
    private static PlannedDiffusionEngine Engine(Func<int, int?> tokenAt, bool ahead) =>
        Engine(Device(new ScriptedRunner(ReferenceRunner(), tokenAt), ahead), Stop);

    private static PlannedDiffusionEngine Engine(IModelRunner runner, params int[] stops)
    {
        using var folder = new TemporaryDirectory();
        string ids = string.Join(", ", stops);
        File.WriteAllText(folder.File("generation_config.json"), $$"""{"eos_token_id": [{{ids}}]}""");
        return new PlannedDiffusionEngine(
            runner,
            Tokenizer,
            defaults: null,
            PlannedDiffusion.Tokenization.StopTokens.Read(folder.Path, Tokenizer, Config.VocabularySize));
    }
}
