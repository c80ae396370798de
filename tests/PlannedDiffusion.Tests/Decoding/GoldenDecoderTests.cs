using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Autoregressive and plain diffusion decoding against recorded runs.</summary>
[Trait("Category", "Golden")]
public sealed class GoldenDecoderTests(ITestOutputHelper output)
{
    public static TheoryData<string> Runners => GoldenRunners.Names;

    [Theory]
    [MemberData(nameof(Runners))]
    public void AutoregressiveDecodingIsReproduced(string runner)
    {
        using var runners = new GoldenRunners(runner);
        int ran = GoldenDecoding.CheckAutoregressive(runners.Open);
        output.WriteLine($"{runner}: {ran} recorded answers");
        Assert.True(ran > 0);
    }

    [Theory]
    [MemberData(nameof(Runners))]
    public void PlainDiffusionIsReproduced(string runner)
    {
        using var runners = new GoldenRunners(runner);
        int ran = GoldenDecoding.CheckDiffusion(runners.Open);
        output.WriteLine($"{runner}: {ran} recorded answers");
        Assert.True(ran > 0);
    }
}
