using PlannedDiffusion.Cli.Generate;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Tests.Cli.Generate;

public sealed class TextViewTests
{
    /// <summary>
    /// Drafted text is dim on a terminal, which text of the model cannot control. Elsewhere it is plain.
    /// </summary>
    [Fact]
    public async Task DraftedPartsOfAStreamedAnswerAreDim()
    {
        using var screen = new StringWriter();
        using var visible = new VisibleWriter(screen);
        await new TextView(visible, ViewLevel.Answer, screen).ShowAsync(Events());
        Assert.Equal("Gold\e[2m is\\u001b\e[22m a\e[2m metal\e[22m\n", screen.ToString());

        using var file = new StringWriter();
        await new TextView(file, ViewLevel.Answer).ShowAsync(Events());
        Assert.Equal("Gold is\e a metal\n", file.ToString());
    }

    private static async IAsyncEnumerable<GenerationEvent> Events()
    {
        yield return new TextDelta("Gold");
        await Task.Yield();
        yield return new TextDelta(" is\e") { Drafted = true };
        yield return new TextDelta(" a");
        yield return new TextDelta(" metal") { Drafted = true };
        yield return new Completed(new GenerationResult
        {
            Text = "Gold is a metal",
            PublishedText = "Gold is a metal",
            RawText = "Gold is a metal",
            Tokens = [],
            Rounds = [],
            Decoder = "autoregressive",
            Finish = FinishReason.Completed,
            Usage = new TokenUsage(0, 0, 0, 4),
            CriticalPath = new CriticalPath
            {
                Passes = [],
                Times = [],
                DenoiseSteps = [],
                TokensPerPass = 0,
                Queued = default,
                Finishing = default,
            },
        });
    }
}
