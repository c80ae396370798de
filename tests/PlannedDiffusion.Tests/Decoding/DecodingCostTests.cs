using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.Tests.Decoding.PlannedRequests;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>The host's cost of a step: no allocation, and no wait if counts are known.</summary>
public sealed class DecodingCostTests
{
    private static readonly RunnerLimits Limits = new() { MaxPositions = 2048, MaxRowsPerStep = 1024 };

    private static IdleRunner Runner(bool runsAhead = false) =>
        new(TinyModels.Config() with { MaskTokenId = Tags.Mask }, Limits, answer: 40, runsAhead);

    [Fact]
    public void AFixedScheduleNeverReadsTokensBackWithinARound()
    {
        Assert.Equal(0, ReadsBetweenSteps(new ScheduledUnmasking(ConfidenceKind.Margin)).Reads);
        (int reads, int steps) = ReadsBetweenSteps(
            new ScheduledUnmasking(ConfidenceKind.Margin) { Scope = UnmaskScope.Round });
        Assert.Equal(steps - 1, reads);
        (reads, steps) = ReadsBetweenSteps(new ThresholdUnmasking(0.9f));
        Assert.Equal(steps - 1, reads);
        (reads, steps) = ReadsBetweenSteps(new CertainUnmasking());
        Assert.Equal(steps - 1, reads);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, true)]
    public void StepsAllocateNothing(int policy, bool runsAhead)
    {
        PlannedDecoder decoder = Decoder(Plan(Tags.End, 9, 5, 9)) with
        {
            LengthScale = 10,
            StepsRatio = 1,
            Policy = policy switch
            {
                0 => new ScheduledUnmasking(ConfidenceKind.Probability),
                1 => new ThresholdUnmasking(0.9f),
                _ => new CertainUnmasking(),
            },
        };
        Assert.Equal(0, LeastBytesOfLaterSteps(decoder, DecodingStage.Denoise, runsAhead));
        PlannedDecoder free = Decoder() with { MaxPlanTokens = 100 };
        PlannedDecoder drafted = free with
        {
            Tokens = Tags with { PromiseEnd = 40 }, // the runner's token, so that each pass drafts a promise
            DraftPlans = true,
        };
        Assert.Equal(0, LeastBytesOfLaterSteps(free, DecodingStage.Plan, runsAhead));
        Assert.Equal(0, LeastBytesOfLaterSteps(drafted, DecodingStage.Plan, runsAhead));
        var answer = new AutoregressiveDecoder { StopTokens = [1], MaxLength = 200 };
        Assert.Equal(0, LeastBytesOfLaterSteps(answer, DecodingStage.Autoregressive, runsAhead));
        answer = answer with { PromptLookup = true };
        Assert.Equal(0, LeastBytesOfLaterSteps(answer, DecodingStage.Autoregressive, runsAhead));
    }

    [Fact]
    public void EveryScheduleRevealsEverythingInItsSteps() => Prop.ForAll(
        Gen.Choose(1, 200).Two().ToArbitrary(),
        pair =>
        {
            (int steps, int masks) = pair;
            var schedule = new UnmaskSchedule(steps);
            int left = masks, free = masks;
            for (int step = 0; step < steps; step++)
            {
                int count = schedule.Count(step, left, 1);
                Assert.InRange(count, Math.Min(1, left), left);
                left -= count;
                free -= schedule.Count(step, free, 0);
            }

            Assert.Equal(0, left);
            Assert.Equal(0, free);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(2, 9));

    private static (int Reads, int Steps) ReadsBetweenSteps(UnmaskPolicy policy)
    {
        IdleRunner runner = Runner();
        PlannedDecoder decoder = Decoder(Plan(Tags.End, 5, 3)) with { Policy = policy };
        using var sequence = new Sequence(runner, 400, Prompt);
        int? first = null;
        int last = 0;
        foreach ((DecodingStage stage, ForwardStep step) in decoder.Decode(sequence))
        {
            if (stage == DecodingStage.Denoise)
            {
                last = runner.Reads;
                first ??= last;
            }

            runner.Forward(step);
        }

        return (last - first!.Value, sequence.Rounds[0].Steps);
    }

    /// <summary>
    /// The smallest of some runs: a garbage collection makes the runtime count the rest of the thread's buffer once.
    /// </summary>
    private static long LeastBytesOfLaterSteps(IDecoder decoder, DecodingStage wanted, bool runsAhead) =>
        Enumerable.Range(0, 5).Min(_ => BytesOfLaterSteps(decoder, wanted, runsAhead));

    /// <summary>Bytes allocated between a decoder's fifth pass of a stage and its last but one.</summary>
    private static long BytesOfLaterSteps(IDecoder decoder, DecodingStage wanted, bool runsAhead)
    {
        IdleRunner runner = Runner(runsAhead);
        using var sequence = new Sequence(runner, 1024, Prompt);
        long start = 0, end = 0;
        int seen = 0;
        foreach ((DecodingStage stage, ForwardStep step) in decoder.Decode(sequence))
        {
            runner.Forward(step);
            if (stage != wanted) continue;
            if (++seen >= 5) end = GC.GetAllocatedBytesForCurrentThread();
            if (seen == 5) start = end;
        }

        Assert.True(seen > 10, $"Only {seen} passes of {wanted}.");
        return end - start;
    }
}
