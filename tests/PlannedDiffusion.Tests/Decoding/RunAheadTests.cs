using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.Tests.Decoding.PlannedRequests;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Decoders that request a pass before they know the last one's tokens decode the same.</summary>
public sealed class RunAheadTests
{
    private static readonly int[] Depths = [0, 1, 2, int.MaxValue];

    [Fact]
    public void PlannedDecodingIsTheSame() => Prop.ForAll(
        AnyPlan.Cases,
        Gen.Choose(0, 1000).ToArbitrary(),
        (test, seed) => Compare(
            () => new ScriptedRunner(test.Runner(), position => AnyPlan.WrittenAt(position, seed)),
            test.Decoder with
            {
                ForcedPlans = seed % 3 == 0 ? test.Decoder.ForcedPlans : [],
                DropTopics = seed % 4 == 1,
                DropSyncs = seed % 5 == 2,
            },
            test.Capacity))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(250).WithReplay(3, 5));

    [Fact]
    public void AutoregressiveDecodingIsTheSame() => Prop.ForAll(
        Gen.Choose(0, 1000).ToArbitrary(),
        Gen.Choose(Prompt.Length, 60).ToArbitrary(),
        Gen.Choose(3, 40).ToArbitrary(),
        (seed, limit, rows) => Compare(
            () => Runner(rows),
            new AutoregressiveDecoder
            {
                StopTokens = [.. Enumerable.Range(0, 12)],
                MaxLength = limit,
                Sampling = new SamplingParams(1.5f, 1, 0, (ulong)seed),
            },
            60)).Check(Config.QuickThrowOnFailure.WithMaxTest(80).WithReplay(3, 7));

    [Fact]
    public void PlainDiffusionIsTheSame() => Prop.ForAll(
        Gen.Choose(0, AnyPlan.Policies - 1).ToArbitrary(),
        Gen.Choose(1, 20).ToArbitrary(),
        Gen.Choose(1, 20).ToArbitrary(),
        (policy, length, steps) => Compare(
            () => Runner(),
            new DiffusionDecoder
            {
                Length = Prompt.Length + length,
                Steps = steps,
                Policy = AnyPlan.PolicyOf(policy) with { Scope = UnmaskScope.Round },
            },
            60)).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(3, 9));

    [Fact]
    public void BlocksAreTheSame() => Prop.ForAll(
        Gen.Elements(BlockCache.Prefix, BlockCache.Dual).ToArbitrary(),
        Gen.Choose(1, 30).ToArbitrary(),
        Gen.Choose(1, 12).ToArbitrary(),
        (cache, length, block) => Compare(
            () => Runner(),
            new FastDllmDecoder
            {
                Length = Prompt.Length + length,
                BlockLength = block,
                Cache = cache,
                Policy = AnyPlan.PolicyOf((length + block) % AnyPlan.Policies),
                Sampling = new SamplingParams(0.8f, 1, 0, (ulong)length),
            },
            60)).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(3, 11));

    /// <summary>
    /// A given plan is not read, and a fixed schedule has known counts: there is one wait, at the end.
    /// </summary>
    [Theory]
    [InlineData(KvCommit.Reference, false)]
    [InlineData(KvCommit.Refresh, false)]
    [InlineData(KvCommit.Refresh, true)]
    public void AFixedScheduleWaitsForNothing(KvCommit commit, bool dense)
    {
        PlannedDecoder decoder = Decoder(Plan(Tags.Sync, 4, 0, 3), Plan(Tags.Sync, 0), Plan(Tags.End, 3)) with
        {
            Commit = commit,
            Dense = dense,
        };
        AheadRunner runner = Decode(decoder);
        Assert.Equal((1, 1), (runner.Waits, runner.Stalls));
        var given = new GivenPlan([.. Promises(4, 2)], [12, 6]);
        runner = Decode(Decoder() with { Given = given, Commit = commit, Dense = dense });
        Assert.Equal((1, 1), (runner.Waits, runner.Stalls));
        Assert.Equal(6, runner.Steps);
    }

    [Theory]
    [InlineData(UnmaskScope.Span)]
    [InlineData(UnmaskScope.Round)]
    public void OtherRulesWaitOnlyWhileAnotherStepRuns(UnmaskScope scope)
    {
        foreach (UnmaskPolicy policy in (UnmaskPolicy[])[
            new ThresholdUnmasking(0.02f) { Scope = scope },
            new ScheduledUnmasking(ConfidenceKind.Margin) { Scope = scope }])
        {
            AheadRunner runner = Decode(Decoder(Plan(Tags.End, 5, 3)) with { Policy = policy });
            Assert.InRange(runner.Stalls, 1, 2);
            Assert.True(runner.Steps > 8);
        }
    }

    [Fact]
    public void AnAnswerWaitsOnlyWhileTheNextTokenIsComputed()
    {
        AheadRunner runner = Decode(new AutoregressiveDecoder { StopTokens = [], MaxLength = Prompt.Length + 20 });
        Assert.Equal((20, 20, 1), (runner.Steps, runner.Waits, runner.Stalls));
    }

    /// <summary>A stop is noticed one pass late. A limit is known in advance.</summary>
    [Fact]
    public void AnUnforeseenStopCostsOneSurplusPass()
    {
        Assert.Equal(1, Surplus(new AutoregressiveDecoder { StopTokens = [StopAt(5)], MaxLength = 60 }));
        Assert.Equal(0, Surplus(new AutoregressiveDecoder { StopTokens = [StopAt(5)], MaxLength = Prompt.Length + 6 }));
        Assert.Equal(0, Surplus(Decoder(Plan(Tags.Sync, 2), Plan(Tags.End, 1))));
        Assert.Equal(1, Surplus(Decoder() with { Tokens = Tags with { End = StopAt(5) } }));

        static int StopAt(int index) =>
            Run(new AutoregressiveDecoder { StopTokens = [], MaxLength = 60 }).Tokens()[Prompt.Length + index];

        static int Surplus(IDecoder decoder) =>
            DecodingOutcome.Of(() => new AheadRunner(Runner()), decoder, 400, Prompt).Surplus;
    }

    private static void Compare(Func<IModelRunner> runner, IDecoder decoder, int capacity)
    {
        DecodingOutcome expected = DecodingOutcome.Of(runner, decoder, capacity, Prompt);
        Assert.Equal(0, expected.Surplus);
        foreach (int depth in Depths)
        {
            DecodingOutcome actual =
                DecodingOutcome.Of(() => new AheadRunner(runner(), depth), decoder, capacity, Prompt);
            expected.AssertSame(actual);
            Assert.Equal(expected.Passes, actual.Passes);
        }
    }

    /// <summary>Decodes on a device that computes as late as possible.</summary>
    private static AheadRunner Decode(IDecoder decoder)
    {
        var runner = new AheadRunner(Runner(), int.MaxValue);
        using var sequence = new Sequence(runner, 400, Prompt);
        foreach (ReadyPass pass in decoder.Decode(sequence)) runner.Forward(pass.Step);
        return runner;
    }
}
