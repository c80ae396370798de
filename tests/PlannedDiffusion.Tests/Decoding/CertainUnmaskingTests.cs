using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.Tests.Decoding.PlannedRequests;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>A step reveals everything that is certain, and never less than the schedule, with every decoder.</summary>
public sealed class CertainUnmaskingTests
{
    private static readonly PlannedDecoder TwoRounds = Decoder(Plan(Tags.Sync, 4, 0, 3), Plan(Tags.End, 3, 1));

    /// <summary>In each span and step, at most as many masks are left as by the schedule.</summary>
    [Fact]
    public void EveryStepRevealsAtLeastTheSchedulesCount()
    {
        int shortened = 0;
        Prop.ForAll(
            AnyPlan.Cases,
            Gen.Elements<UnmaskPolicy>(
                new CertainUnmasking(0.06f), new CertainUnmasking(0.1f), new CertainUnmasking(0.13f),
                new CertainUnmasking(1), new FactorUnmasking(3), new FactorUnmasking(4)).ToArbitrary(),
            Gen.Choose(2, 4).ToArbitrary(),
            (test, policy, quarters) =>
            {
                PlannedDecoder decoder = test.Decoder with
                {
                    Policy = policy,
                    StepsRatio = quarters / 4.0,
                };
                using ReferenceModelRunner runner = test.Runner();
                using var sequence = new Sequence(runner, test.Capacity, Prompt);
                foreach ((DecodingStage stage, ForwardStep step) in decoder.Decode(sequence))
                {
                    if (stage == DecodingStage.Denoise) AssertOnSchedule(sequence.Rounds[^1]);
                    runner.Forward(step);
                }

                foreach (DecodingRound round in sequence.Rounds)
                {
                    Assert.Equal(0, round.MasksLeft);
                    Assert.InRange(round.Steps, 0, round.PlannedSteps);
                    if (round.Steps > 1 && round.Steps < round.PlannedSteps) shortened++;
                }
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(150).WithReplay(14, 15));
        Assert.True(shortened > 5, $"{shortened} rounds between one step and their schedule");
    }

    /// <summary>A random model is never certain, so the schedule decides, ranked by certainty.</summary>
    [Fact]
    public void TheScheduleDecidesIfNothingIsCertain()
    {
        foreach (bool dense in (bool[])[false, true])
        {
            PlannedDecoder decoder = TwoRounds with { Dense = dense };
            DecodingRecording scheduled =
                Run(decoder with { Policy = new ScheduledUnmasking(ConfidenceKind.Certainty) });
            DecodingRecording certain = Run(decoder with { Policy = new CertainUnmasking(1) });
            Assert.Equal(scheduled.Tokens(), certain.Tokens());
            Assert.Equal(scheduled.Sequence.Record.Passes, certain.Sequence.Record.Passes);
        }

        var diffusion = new DiffusionDecoder { Length = Prompt.Length + 20, Steps = 7 };
        Assert.Equal(
            Run(diffusion with { Policy = new ScheduledUnmasking(ConfidenceKind.Certainty) }).Tokens(),
            Run(diffusion with { Policy = new CertainUnmasking(1) }).Tokens());
    }

    [Fact]
    public void ARoundTakesOneStepIfEverythingIsCertain()
    {
        var policy = new CertainUnmasking(1e-9f);
        DecodingRecording planned = Run(TwoRounds with { Policy = policy });
        Assert.Equal([1, 1], planned.Sequence.Rounds.Select(round => round.Steps));
        Assert.Single(Run(new DiffusionDecoder { Length = 40, Steps = 20, Policy = policy }).Passes);
        var blocks = new FastDllmDecoder
        {
            Length = Prompt.Length + 24,
            BlockLength = 8,
            Cache = BlockCache.Dual,
            Policy = policy,
        };
        Assert.Equal(6, Run(blocks).Passes.Count); // for each block one for its first token, one for the others
    }

    /// <summary>A filter that leaves only the likeliest token makes its draw certain, but not the model.</summary>
    [Fact]
    public void FiltersDoNotRaiseCertainty()
    {
        var sharpened = new SamplingParams(0.2f, 1, 1, 9);
        var policy = new CertainUnmasking(0.1f);
        PlannedDecoder planned = TwoRounds with { Policy = policy };
        var diffusion = new DiffusionDecoder { Length = 40, Steps = 20, Policy = policy };
        var blocks = new FastDllmDecoder { Length = 40, BlockLength = 8, Cache = BlockCache.Dual, Policy = policy };
        AssertSame(Run(planned), Run(planned with { Sampling = sharpened }));
        AssertSame(Run(diffusion), Run(diffusion with { Sampling = sharpened }));
        AssertSame(Run(blocks), Run(blocks with { Sampling = sharpened }));

        static void AssertSame(DecodingRecording greedy, DecodingRecording sampled)
        {
            Assert.Equal(greedy.Tokens(), sampled.Tokens());
            Assert.Equal(greedy.Sequence.Record.Passes, sampled.Sequence.Record.Passes);
        }
    }

    /// <summary>Rounds are short, so a runner that runs ahead waits instead of computing a surplus step.</summary>
    [Fact]
    public void NoStepIsSurplus()
    {
        var policy = new CertainUnmasking(0.1f);
        foreach (IDecoder decoder in (IDecoder[])[
            TwoRounds with { Policy = policy },
            TwoRounds with { Policy = policy with { Scope = UnmaskScope.Round } },
            TwoRounds with { Policy = new FactorUnmasking(4) },
            TwoRounds with { Policy = policy, Dense = true, Commit = KvCommit.Refresh },
            new DiffusionDecoder { Length = 40, Steps = 20, Policy = policy },
            new FastDllmDecoder { Length = 40, BlockLength = 8, Cache = BlockCache.Dual, Policy = policy }])
        {
            using var runner = new AheadRunner(Runner(), int.MaxValue);
            using var sequence = new Sequence(runner, 400, Prompt);
            foreach (ReadyPass pass in decoder.Decode(sequence)) runner.Forward(pass.Step);
            Assert.Equal(0, sequence.Record.Surplus);
            Assert.Equal(sequence.Record.Passes.Count, runner.Steps);
            Assert.Equal(Run(decoder).Tokens(), sequence.Tokens.ToArray());
        }
    }

    /// <summary>Between the steps of a round only one number for each span is read.</summary>
    [Fact]
    public void OnlyCountsAreRead()
    {
        var runner = new CountingRunner(Runner());
        using var sequence = new Sequence(runner, 400, Prompt);
        PlannedDecoder decoder = Decoder(Plan(Tags.End, 4, 3)) with { Policy = new CertainUnmasking(0.1f) };
        foreach (ReadyPass pass in decoder.Decode(sequence)) runner.Forward(pass.Step);
        Assert.Equal(sequence.Rounds[0].Steps, runner.CountReads);
        Assert.Equal(1, runner.TokenReads); // the answer
    }

    /// <summary>Before a pass the round knows the masks left by the steps before it.</summary>
    private static void AssertOnSchedule(DecodingRound round)
    {
        var schedule = new UnmaskSchedule(round.PlannedSteps);
        for (int span = 0; span < round.Scaffold!.Count; span++)
        {
            int scheduled = round.Scaffold.Content(span).Length;
            for (int step = 0; step < round.StepsOf(span); step++) scheduled -= schedule.Count(step, scheduled, 1);
            Assert.InRange(round.MasksLeftIn(span), 0, scheduled);
        }
    }

    private sealed class CountingRunner(IModelRunner inner) : ForwardingRunner(inner)
    {
        public int CountReads { get; private set; }

        public int TokenReads { get; private set; }

        public override int BeginReadMasksLeft(int sequence, int count)
        {
            CountReads++;
            return base.BeginReadMasksLeft(sequence, count);
        }

        public override int BeginReadTokens(int sequence, int start, int count)
        {
            TokenReads++;
            return base.BeginReadTokens(sequence, start, count);
        }

        public override void ReadTokens(int sequence, int start, Span<int> tokens)
        {
            TokenReads++;
            base.ReadTokens(sequence, start, tokens);
        }
    }
}
