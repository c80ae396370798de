using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>The demo checkpoint answers correctly in every way of decoding.</summary>
public sealed class DemoCheckpointTests(DemoCheckpointTests.LoadedDemo demo)
    : IClassFixture<DemoCheckpointTests.LoadedDemo>
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("What is the capital of France?", "Paris")]
    [InlineData("What is the chemical symbol of gold?", "Au")]
    [InlineData("Who created Python?", "Guido van Rossum")]
    [InlineData("What is the capital of Kenya?", "Nairobi")]
    public async Task AFactIsRightWithEveryDecoder(string question, string fact)
    {
        foreach (DecoderKind decoder in (DecoderKind[])[
            DecoderKind.Planned, DecoderKind.PlannedSparse, DecoderKind.Autoregressive])
        {
            var options = new GenerationOptions { Decoding = decoder.Options() };
            GenerationResult result = await demo.Answer(question, options);
            Assert.Contains(fact, result.Text, StringComparison.Ordinal);
            Assert.Equal(FinishReason.Completed, result.Finish);
            GenerationResult fast = await demo.Answer(question, options with { Preset = Preset.Fast });
            Assert.Contains(fact, fast.Text, StringComparison.Ordinal);
            Assert.All(
                fast.CriticalPath.DenoiseSteps.Zip(result.CriticalPath.DenoiseSteps),
                pair => Assert.InRange(pair.First, 1, pair.Second / 2));
        }
    }

    [Fact]
    public async Task TheQuickstartTakesFewerPassesThanTokens()
    {
        const string question = "What is the aurora borealis? Please be concise.";
        GenerationResult planned = await demo.Answer(question, new GenerationOptions());
        var halfSteps = new GenerationOptions { Decoding = new PlannedOptions { StepsRatio = 0.5 } };
        GenerationResult half = await demo.Answer(question, halfSteps);
        GenerationResult one = await demo.Answer(question, new() { Decoding = new AutoregressiveOptions() });
        Assert.True(Assert.Single(planned.Rounds).Spans.Count >= 3);
        Assert.Contains("charged particles", planned.Text, StringComparison.Ordinal);
        int passes = one.CriticalPath.Passes.Length;
        Assert.True(planned.CriticalPath.Passes.Length < passes);
        Assert.True(half.CriticalPath.Passes.Length <= 0.6 * passes);
    }

    [Fact]
    public async Task AComparisonTakesTwoRounds()
    {
        GenerationResult result = await demo.Answer("Compare gold and silver.", new GenerationOptions());
        Assert.Equal(2, result.Rounds.Count);
        Assert.Equal(1, result.CriticalPath.Count(DecodingStage.Sync));
    }

    [Fact]
    public async Task AnUnknownTopicIsRefusedInTheAnswer()
    {
        GenerationResult result = await demo.Answer("What is 17 times 23?", new GenerationOptions());
        Assert.StartsWith("I only know", result.Text, StringComparison.Ordinal);
    }

    /// <summary>The streamed text equals the text, and has the words of the published cleaning.</summary>
    [Theory]
    [InlineData(DecoderKind.Planned)]
    [InlineData(DecoderKind.PlannedDense)]
    [InlineData(DecoderKind.Autoregressive)]
    [InlineData(DecoderKind.Diffusion)]
    [InlineData(DecoderKind.FastDllm)]
    public async Task ItsTextIsStreamedInEveryWay(DecoderKind decoder)
    {
        foreach (string question in (string[])["Compare gold and silver.", "What is the aurora borealis?"])
        {
            var options = new GenerationOptions { Decoding = decoder.Options(), Preset = Preset.Fast };
            GenerationResult result = await demo.Answer(question, options);
            string[] pieces = [.. demo.Text(question, options).ToBlockingEnumerable(None)];
            Assert.Equal(result.Text, string.Concat(pieces));
            string published = result.PublishedText.Replace("[PAD]", "", StringComparison.Ordinal);
            Assert.Equal(Words(published), Words(result.Text));
        }

        static string Words(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
    }

    [Fact]
    public async Task ABoundInsideThePlanLeavesNoText()
    {
        GenerationResult result =
            await demo.Answer("Compare gold and silver.", new GenerationOptions { MaxNewTokens = 8 });
        Assert.Contains("<topic>", result.RawText, StringComparison.Ordinal);
        Assert.Equal(("", FinishReason.MaxLength), (result.Text, result.Finish));
    }

    /// <summary>The engine of all tests here, loaded once.</summary>
    public sealed class LoadedDemo : IDisposable
    {
        private readonly PlannedDiffusionEngine _engine =
            PlannedDiffusionEngine.Load(Repository.PathTo("models", "demo"));

        public Task<GenerationResult> Answer(string question, GenerationOptions options) =>
            _engine.CompleteAsync(GenerationRequest.FromUser(question, options), None);

        public IAsyncEnumerable<string> Text(string question, GenerationOptions options) =>
            _engine.GenerateTextAsync(GenerationRequest.FromUser(question, options), None);

        public void Dispose() => _engine.Dispose();
    }
}
