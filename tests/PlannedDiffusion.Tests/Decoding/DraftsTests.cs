using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.Tests.Decoding.PlannedRequests;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Decoders that guess the next tokens decode the same in fewer passes.</summary>
public sealed class DraftsTests
{
    private int _kept;

    /// <summary>Any plan, written or forced, with any limits and ablations, on any runner.</summary>
    [Fact]
    public void PlannedDecodingIsTheSame()
    {
        Prop.ForAll(AnyPlan.Cases, Gen.Choose(0, 10_000).ToArbitrary(), (test, seed) => Compare(
            () => new ScriptedRunner(test.Runner(), position => AnyPlan.WrittenAt(position, seed)),
            test.Decoder with
            {
                ForcedPlans = seed % 3 == 0 ? [] : test.Decoder.ForcedPlans,
                DropTopics = seed % 4 == 1,
                DropSyncs = seed % 5 == 2,
                MaxPlanTokens = seed % 7 < 3 ? (seed % 7) + 1 : 30,
                MaxLength = seed % 11 == 0 ? Prompt.Length + 1 + (seed % 40) : 400,
                StopTokens = seed % 13 == 0 ? [Tags.PromiseEnd] : seed % 13 == 1 ? [Tags.PromiseStart] : [],
                Tokens = Tags with { Blank = seed % 2 == 0 ? null : 115 },
            },
            Drafts.PlanGrammar,
            test.Capacity))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithReplay(3, 5));
        Assert.InRange(_kept, 1000, int.MaxValue);
    }

    private void Compare(Func<IModelRunner> runner, PlannedDecoder decoder, Drafts drafts, int capacity)
    {
        DecodingOutcome expected = DecodingOutcome.Of(runner, decoder, capacity, Prompt);
        Func<IModelRunner>[] runners =
        [
            runner,
            () => new AheadRunner(runner()),
            () => new ExactRowsRunner(runner(), 8),
            () => new ExactRowsRunner(runner(), 2),
        ];
        foreach (Func<IModelRunner> device in runners)
        {
            DecodingOutcome actual =
                DecodingOutcome.Of(device, decoder with { Drafts = drafts }, capacity, Prompt);
            expected.AssertSame(actual);
            AssertSaved(expected.Passes, actual.Passes);
        }
    }

    /// <summary>Kept drafts are the passes that are missing, and rejected ones the rows that are too many.</summary>
    private void AssertSaved(DecodingPass[] expected, DecodingPass[] actual)
    {
        int kept = actual.Sum(pass => pass.Kept), drafted = actual.Sum(pass => pass.Drafted);
        Assert.Equal(expected.Length, actual.Length + kept);
        Assert.Equal(expected.Sum(pass => pass.Rows), actual.Sum(pass => pass.Rows) - drafted + kept);
        Assert.All(actual, pass => Assert.InRange(pass.Kept, 0, pass.Drafted));
        Assert.Equal(
            expected.Where(pass => pass.Stage == DecodingStage.Denoise),
            actual.Where(pass => pass.Stage == DecodingStage.Denoise));
        _kept += kept;
    }
}
