using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>What a queued request counts, and the rate at which the engine works.</summary>
public sealed class WorkEstimatesTests
{
    [Fact]
    public void TheLast100AnswersOfAKindCount()
    {
        var estimates = new WorkEstimates();
        PreparedRequest planned = Prepared(new PlannedOptions(), prompt: 10);
        for (int i = 0; i < 50; i++) estimates.Add(planned, 1_000_010);
        for (int i = 0; i < 100; i++) estimates.Add(planned, 10 + (i * 2));
        Assert.Equal(7 + 99, estimates.Of(Prepared(new PlannedOptions(), prompt: 7)));
        Assert.NotEqual(7 + 99, estimates.Of(Prepared(new PlannedOptions { StepsRatio = 0.5 }, prompt: 7)));
        Assert.NotEqual(7 + 99, estimates.Of(Prepared(new AutoregressiveOptions(), prompt: 7)));
    }

    /// <summary>The numbers of a released model's answers, at three steps ratios and token by token.</summary>
    [Fact]
    public void BeforeThereAreAnswersTheOptionsDecide()
    {
        var estimates = new WorkEstimates();
        Assert.InRange(estimates.Of(Prepared(new AutoregressiveOptions(), 35)), 250, 450);
        Assert.InRange(estimates.Of(Prepared(new PlannedOptions(), 35)), 12_000, 20_000);
        Assert.InRange(estimates.Of(Prepared(new PlannedOptions { StepsRatio = 0.5 }, 35)), 7_000, 12_000);
        Assert.InRange(estimates.Of(Prepared(new PlannedOptions { StepsRatio = 0.25 }, 35)), 3_700, 6_200);
        Assert.Equal(100 + 64 * 164, estimates.Of(Prepared(new DiffusionOptions(), 100, tokens: 64)));
        Assert.Equal(35 + 3, estimates.Of(Prepared(new AutoregressiveOptions(), 35, tokens: 3)));
    }

    [Fact]
    public void AnAnswerCannotTakeMoreThanItsOptionsAllow()
    {
        var estimates = new WorkEstimates();
        PreparedRequest usual = Prepared(new AutoregressiveOptions(), 10);
        estimates.Add(usual, 510);
        Assert.Equal(510, estimates.Of(usual));
        Assert.Equal(10 + 4, estimates.Of(Prepared(new AutoregressiveOptions(), 10, tokens: 4)));
    }

    [Fact]
    public void TheRateIsThatOfLoadedStepsOnceThereAreSome()
    {
        var rate = new StepRate();
        Assert.Null(rate.RowsPerSecond);
        for (int i = 0; i < 10; i++) rate.Add(1, TimeSpan.FromMilliseconds(10), loaded: false);
        Assert.Equal(100, rate.RowsPerSecond!.Value, 6);
        for (int i = 0; i < 10; i++) rate.Add(50, TimeSpan.FromMilliseconds(20), loaded: true);
        Assert.Equal(2500, rate.RowsPerSecond!.Value, 6);
        rate.Add(1, TimeSpan.FromMilliseconds(10), loaded: false);
        Assert.Equal(2500, rate.RowsPerSecond!.Value, 6);
        for (int i = 0; i < 2000; i++) rate.Add(10, TimeSpan.FromMilliseconds(20), loaded: true); // 40 s later
        Assert.Equal(500, rate.RowsPerSecond!.Value, 1.0);
    }

    private static PreparedRequest Prepared(DecodingOptions decoding, int prompt, int tokens = 900) => new(
        decoding, new int[prompt], prompt + tokens, new AutoregressiveDecoder { StopTokens = [], MaxLength = 9 },
        AnswerKind.Of(decoding, Preset.Published));
}
