using System.Text.Json;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Planned decoding against recorded runs: every token, step, row count and confidence.</summary>
[Trait("Category", "Golden")]
public sealed class GoldenGenerateTests(ITestOutputHelper output)
{
    public static TheoryData<string> Runners => GoldenRunners.Names;

    [Theory]
    [MemberData(nameof(Runners))]
    public void EveryRecordedRequestIsReproduced(string runner)
    {
        using var runners = new GoldenRunners(runner);
        int ran = GoldenRequests.CheckAll(runners.Open, output.WriteLine);
        output.WriteLine($"{runner}: {ran} recorded requests");
        Assert.True(ran > 0);
    }

    [Fact]
    public void PromisesInAPromptAreNotAPlan()
    {
        string[] names = [.. Golden.Names("generate")
            .Where(name => IntendedDifferences.ReadsPlanFromPrompt(Golden.Read("generate", name)))];
        using var runners = new GoldenRunners("reference");
        foreach (string name in names)
        {
            JsonElement golden = Golden.Read("generate", name);
            Sequence sequence = GoldenRequests.Decode(
                runners.Open(golden.GetProperty("model").GetString()!), golden).Sequence;
            Assert.All(
                sequence.Rounds.Where(round => round.Plan is not null).SelectMany(round => round.Plan!.Spans),
                span => Assert.True(span.Topic.Start >= sequence.PromptLength));
        }

        output.WriteLine($"{names.Length} prompts with promises");
    }
}
