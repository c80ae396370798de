using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>The text of an answer, whole and as a stream.</summary>
public sealed class EngineTextTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Any way of decoding, any plan or none, on a runner that runs ahead or not.</summary>
    [Fact]
    public void AllPiecesFormTheText() => Prop.ForAll(
        Gen.Choose(0, 5).ToArbitrary(),
        Gen.Choose(0, 3).ToArbitrary(),
        Gen.Choose(0, 10_000).ToArbitrary(),
        (decoder, plan, seed) =>
        {
            GenerationRequest request = AnyRequest.Of((DecoderKind)decoder, plan, seed);
            IModelRunner written = new ScriptedRunner(ReferenceRunner(), position => WrittenAt(position, seed));
            using PlannedDiffusionEngine engine = Around(Device(written, ahead: seed % 3 == 0));
            GenerationResult result = engine.CompleteAsync(request, Cancellation).GetAwaiter().GetResult();
            string[] pieces =
                [.. engine.GenerateTextAsync(request, Cancellation).ToBlockingEnumerable(Cancellation)];
            Assert.Equal(result.Text, string.Concat(pieces));
            Assert.All(pieces, Assert.NotEmpty);
            Assert.All(pieces, piece => Assert.False(char.IsWhiteSpace(piece[^1])));
            Assert.Equal(result.Text.Trim(), result.Text);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(150).WithReplay(6, 7));

    [Fact]
    public async Task TextSettlesWhileSpansFillIn()
    {
        var runner = new GatedRunner(ReferenceRunner());
        using PlannedDiffusionEngine engine = Around(runner);
        GenerationRequest request = Request("say", Planned(AnyRequest.First, AnyRequest.Second));
        GenerationResult result = await engine.CompleteAsync(request, Cancellation);
        var gated = new GatedRunner(ReferenceRunner(), permits: runner.Steps.Count - 1);
        using PlannedDiffusionEngine waiting = Around(gated);
        string text = "";
        await foreach (string piece in waiting.GenerateTextAsync(request, Cancellation))
        {
            text += piece;
            if (text == piece) Assert.StartsWith("x", text); // the plan's text beside its promises
            if (text.Length > 1 && text.Length < result.Text.Length) gated.Permit(); // the last step
        }

        Assert.Equal(result.Text, text);
    }

    [Theory]
    [InlineData("<promise>-<topic>some topic 2</topic><promise>-<topic>mo", "")]
    [InlineData("<promise>-<topic>some topic 2", "")]
    [InlineData("<promise>-<topic>some topic 2</topic>", "")]
    [InlineData("Well: <promise>-<topic>some", "Well:")]
    public async Task AnAnswerThatEndsInsideItsPlanHasNoTextOfTheTopics(string plan, string text)
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        int[] ids = Tokenizer.EncodeTrusted(plan);
        GenerationOptions options = Planned(plan) with { MaxNewTokens = ids.Length };
        GenerationResult result = await engine.CompleteAsync(Request("say", options), Cancellation);
        Assert.Equal(ids, result.Tokens);
        Assert.Equal((text, FinishReason.MaxLength), (result.Text, result.Finish));
        Assert.Equal((ids.Length, 0), (result.Usage.Plan, result.Usage.Text));
        Assert.Equal(text, string.Concat(
            engine.GenerateTextAsync(Request("say", options), Cancellation).ToBlockingEnumerable(Cancellation)));
    }

    [Fact]
    public async Task ControlTokensVanishAndLettersStayInAnAutoregressiveAnswer()
    {
        int[] written = [.. Tokenizer.EncodeTrusted("a<async>[PAD]"), .. Tokenizer.Encode("<async>[PAD]é")];
        using PlannedDiffusionEngine engine =
            Around(new ScriptedRunner(ReferenceRunner(), position => written[(position - 3) % written.Length]));
        var options = new GenerationOptions
        {
            Decoding = new AutoregressiveOptions(),
            MaxNewTokens = written.Length - 1, // half of the last character
        };
        GenerationResult result = await engine.CompleteAsync(Request("say", options), Cancellation);
        Assert.Equal("a<async>[PAD]", result.Text);
        Assert.EndsWith("\uFFFD", result.PublishedText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LettersThatSpellATagStayInAPlannedAnswer()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        GenerationOptions options = Planned("x") with { MaxNewTokens = 8 };
        int[] plan = Tokenizer.Encode("x [PAD]y");
        options = options.WithExperiment(experiment => experiment with { ForcedPlans = [[.. plan]] });
        GenerationResult result = await engine.CompleteAsync(Request("say", options), Cancellation);
        Assert.Equal(("x [PAD]y", "x y"), (result.Text, result.PublishedText));
    }

    [Fact]
    public void ABadRequestIsRefusedAtTheCall()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        Assert.Throws<ArgumentException>(() => engine.GenerateTextAsync(new GenerationRequest(), Cancellation));
        Assert.Throws<ArgumentNullException>(() => engine.GenerateTextAsync(null!, Cancellation));
    }

    [Fact]
    public async Task AReaderThatStopsEndsTheRequest()
    {
        var runner = new GatedRunner(
            new ScriptedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), _ => 'a'), permits: 1);
        using PlannedDiffusionEngine engine = Around(runner);
        var options = new GenerationOptions { Decoding = new AutoregressiveOptions(), MaxNewTokens = 100 };
        await foreach (string piece in engine.GenerateTextAsync(Request("say", options), Cancellation))
        {
            Assert.Equal("a", piece);
            break;
        }

        runner.Permit(1000);
        GenerationResult next = await engine.CompleteAsync(
            Request("say", options with { MaxNewTokens = 2 }), Cancellation); // there is room for one only
        Assert.Equal("aa", next.Text);
    }

    [Fact]
    public async Task AFailureComesAfterTheTextBeforeIt()
    {
        using PlannedDiffusionEngine engine = Around(ReferenceRunner());
        GenerationOptions options = Planned("no promise<|im_end|>").WithPlans(plans => plans with { Strict = true });
        var pieces = new List<string>();
        await Assert.ThrowsAsync<PlannedDiffusion.Decoding.Planning.PlanFormatException>(async () =>
        {
            await foreach (string piece in engine.GenerateTextAsync(Request("say", options), Cancellation))
                pieces.Add(piece);
        });
        Assert.Equal("no promise", string.Concat(pieces));
    }

    /// <summary>As <see cref="AnyRequest.WrittenAt"/>, with white space and half characters, too.</summary>
    private static int WrittenAt(int position, int seed)
    {
        int id = AnyRequest.WrittenAt(position, seed);
        return id is 'J' or 'K' or 'L' or 'M' ? " \n\u00C3\u00A9"[id - 'J'] : id;
    }
}
