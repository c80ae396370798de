using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.Tests.Decoding.PlannedRequests;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>With any plans of a model, decoding ends within its limits and leaves no mask in a span.</summary>
public sealed class AnyPlanTests
{
    [Fact]
    public void DecodingEndsWithinItsLimits() => Prop.ForAll(AnyPlan.Cases, test =>
    {
        using ReferenceModelRunner runner = test.Runner();
        using var sequence = new Sequence(runner, test.Capacity, Prompt);
        // The runner refuses bad steps.
        DecodingRecording actual = DecodingRecording.Run(runner, sequence, test.Decoder);

        Assert.InRange(sequence.Length, Prompt.Length, test.Capacity);
        Assert.Equal(Prompt, actual.Tokens()[..Prompt.Length]);
        Assert.InRange(sequence.Rounds.Count, 1, 4);
        foreach (DecodingRound round in sequence.Rounds.Where(round => round.Scaffold is not null))
        {
            Assert.Equal(0, round.MasksLeft);
            Assert.InRange(round.Scaffold!.Count, 1, 5);
            for (int span = 0; span < round.Scaffold.Count; span++)
            {
                Assert.Equal(0, sequence.CountMasks(round.Scaffold.Content(span)));
                Assert.InRange(round.CompletedAt(span), 0, round.Steps);
            }
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(150).WithReplay(12, 13));
}
