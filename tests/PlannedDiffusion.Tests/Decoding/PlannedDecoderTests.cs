using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Engine;
using Xunit;
using static PlannedDiffusion.Tests.Decoding.PlannedRequests;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Features that no recorded run has: refresh, small passes, given plans, limits.</summary>
public sealed class PlannedDecoderTests
{
    private static PlannedDecoder TwoRounds => Decoder(Plan(Tags.Sync, 4, 2, 3), Plan(Tags.End, 3));

    /// <summary>
    /// Spans that do not see each other equal, once refreshed, those without a cache. This costs rows but no pass.
    /// </summary>
    [Fact]
    public void RefreshedSpansEqualACompleteRecomputation()
    {
        DecodingRecording refreshed = Run(TwoRounds with { Commit = KvCommit.Refresh });
        DecodingRecording anew = Run(TwoRounds, recompute: true);
        DecodingRecording stale = Run(TwoRounds);
        Assert.Equal(anew.Tokens(), refreshed.Tokens());
        for (int i = 0; i < anew.Autoregressive.Count; i++)
            Assert.Equal(anew.Autoregressive[i].Logits[0], refreshed.Autoregressive[i].Logits[0], Close);
        Assert.Equal(stale.Passes.Count, refreshed.Passes.Count);
        int spanRows = (4 * 3) + (2 * 3) + (3 * 3) + 6;
        Assert.Equal(stale.Passes.Sum(pass => pass.Rows) + spanRows, refreshed.Passes.Sum(pass => pass.Rows));
        float[] staleSync = stale.Autoregressive.First(pass => pass.Stage == DecodingStage.Sync).Logits[0];
        float[] freshSync = refreshed.Autoregressive.First(pass => pass.Stage == DecodingStage.Sync).Logits[0];
        Assert.NotEqual(staleSync, freshSync, Close);
    }

    [Fact]
    public void SpansThatNoLaterRowSeesAreNotRefreshed()
    {
        PlannedDecoder decoder = Decoder(Plan(Tags.End, 9, 1)); // the second span is complete long before the first
        Assert.Equal(
            Run(decoder).Passes.Sum(pass => pass.Rows),
            Run(decoder with { Commit = KvCommit.Refresh }).Passes.Sum(pass => pass.Rows));
        Assert.Equal(
            Run(decoder with { Dense = true }).Passes.Sum(pass => pass.Rows) + 5,
            Run(decoder with { Dense = true, Commit = KvCommit.Refresh }).Passes.Sum(pass => pass.Rows));
    }

    [Theory]
    [InlineData(KvCommit.Reference)]
    [InlineData(KvCommit.Refresh)]
    public void EmptySpansAreCommittedLikeOthers(KvCommit commit)
    {
        PlannedDecoder decoder = Decoder(Plan(Tags.Sync, 0, 2, 0), Plan(Tags.Sync, 0), Plan(Tags.End, 1));
        DecodingRecording actual = Run(decoder with { Commit = commit });
        Assert.Equal([0, 3, 0], Enumerable.Range(0, 3).Select(actual.Sequence.Rounds[0].CompletedAt));
        Assert.Empty(actual.Denoise(1));
        int[] syncRows = [.. actual.Passes.Where(pass => pass.Stage == DecodingStage.Sync).Select(pass => pass.Rows)];
        Assert.Equal(commit == KvCommit.Refresh ? [1 + 8, 1 + 2] : [1, 1], syncRows);
        if (commit == KvCommit.Refresh) Assert.Equal(Run(decoder, recompute: true).Tokens(), actual.Tokens());
    }

    public static TheoryData<string> Policies => ["scheduled", "threshold", "certain", "refresh"];

    [Theory]
    [MemberData(nameof(Policies))]
    public void SmallPassesChangeOnlyTheNumberOfPasses(string kind)
    {
        PlannedDecoder decoder = kind switch
        {
            "threshold" => TwoRounds with { Policy = new ThresholdUnmasking(0.5f) },
            "certain" => TwoRounds with { Policy = new CertainUnmasking(0.1f) },
            "refresh" => TwoRounds with { Commit = KvCommit.Refresh },
            _ => TwoRounds,
        };
        const int Rows = 15; // less than the plan's spans together, and less than the spans to refresh
        DecodingRecording small = Run(decoder, Rows), large = Run(decoder);
        Assert.Equal(large.Tokens(), small.Tokens());
        Assert.All(small.Passes, pass => Assert.InRange(pass.Rows, 1, Rows));
        Assert.True(small.Passes.Count > large.Passes.Count);
        Assert.Equal(
            large.Sequence.Rounds.Select(round => round.Steps),
            small.Sequence.Rounds.Select(round => round.Steps));
    }

    [Fact]
    public void LongPromptsAreComputedInParts()
    {
        var decoder = new AutoregressiveDecoder { StopTokens = [], MaxLength = Prompt.Length + 5 };
        DecodingRecording small = Run(decoder, maxRows: 5), large = Run(decoder);
        Assert.Equal(large.Tokens(), small.Tokens());
        Assert.Equal([5, 5, 2, 1, 1, 1, 1], small.Passes.Select(pass => pass.Rows));
    }

    [Fact]
    public void AGivenPlanSkipsThePlanningStage()
    {
        int[] promises = [.. Promises(4, 2)];
        DecodingRecording given = Run(Decoder() with { Given = new GivenPlan([.. promises], [12, 6]) });
        DecodingRecording written = Run(Decoder([.. promises, Tags.End]));
        Assert.Equal(written.Tokens(), given.Tokens());
        Assert.All(given.Passes, pass => Assert.Equal(DecodingStage.Denoise, pass.Stage));
        Assert.Equal(Prompt.Length + promises.Length + 22, given.Passes[0].Rows);
        Assert.Equal(Run(Decoder([.. promises, Tags.End]), 24).Tokens(), Run(
            Decoder() with { Given = new GivenPlan([.. promises], [12, 6]) }, 24).Tokens());
    }

    [Fact]
    public void LengthsOfAGivenPlanNeedNoNumber()
    {
        int[] promises = [Tags.PromiseStart, 100, Tags.PromiseEnd, .. Promises(9)];
        DecodingRecording given = Run(Decoder() with { Given = new GivenPlan([.. promises], [5, 7]) });
        Assert.Equal([5, 7], given.Sequence.Rounds[0].Plan!.Spans.Select(span => span.Length));
    }

    [Fact]
    public void EveryCutIsReported()
    {
        static FinishReason Finish(PlannedDecoder decoder, int capacity = 400) =>
            Run(decoder, capacity: capacity).Sequence.Finish;
        PlannedDecoder one = Decoder(Plan(Tags.End, 1, 2));
        Assert.Equal(FinishReason.Completed, Finish(one));
        Assert.Equal(FinishReason.MaxSpans, Finish(one with { Limits = new() { Spans = 1 } }));
        Assert.Equal(FinishReason.MaxSpanTokens, Finish(one with { Limits = new() { SpanTokens = 5 } }));
        Assert.Equal(FinishReason.MaxScaffoldTokens, Finish(one with { Limits = new() { ScaffoldTokens = 12 } }));
        Assert.Equal(FinishReason.MaxPlanTokens, Finish(one with { MaxPlanTokens = 5 }));
        Assert.Equal(FinishReason.MaxRounds, Finish(Decoder(Plan(Tags.Sync, 1)) with { MaxRounds = 1 }));
        Assert.Equal(FinishReason.MaxLength, Finish(one with { MaxLength = Prompt.Length + 10 }));
        Assert.Equal(FinishReason.MaxLength, Finish(one with { MaxLength = Prompt.Length + 5 }));
        Assert.Equal(
            FinishReason.MaxLength | FinishReason.MaxScaffoldTokens,
            Finish(one with { MaxLength = 30 }, capacity: 30));
    }

    [Fact]
    public void AShortenedScaffoldFillsTheSequenceAndHasNoMasks()
    {
        DecodingRecording actual = Run(Decoder(Plan(Tags.End, 1, 2)) with { MaxLength = 30 }, capacity: 30);
        Assert.Equal([3, 3], actual.Sequence.Rounds[0].Plan!.Spans.Select(span => span.Length));
        Assert.Equal(30, actual.Sequence.Length);
        Assert.DoesNotContain(Tags.Mask, actual.Tokens());
    }

    [Fact]
    public void ForcedStepsReplaceTheRatioAndEndWithTheLastMask()
    {
        Assert.Equal([6, 4], Steps());
        Assert.Equal([5, 4], Steps(5));
        Assert.Equal([1, 9], Steps(1, int.MaxValue));

        static IEnumerable<int> Steps(params int[] forced) =>
            Run(TwoRounds with { ForcedSteps = [.. forced] }).Sequence.Rounds.Select(round => round.Steps);
    }

    [Fact]
    public void APlanWithoutAPromiseIsAnAnswer()
    {
        PlannedDecoder decoder = Decoder([40, 41, 42, Tags.End]);
        DecodingRecording actual = Run(decoder);
        Assert.Equal([.. Prompt, 40, 41, 42], actual.Tokens());
        Assert.Equal(FinishReason.Completed, actual.Sequence.Finish);
        Assert.Throws<PlanFormatException>(() => Run(decoder with { Strict = true }));
    }

    [Fact]
    public void APromiseWithoutANumberHasTheDefaultLength()
    {
        PlannedDecoder decoder =
            Decoder([Tags.PromiseStart, 40, Tags.PromiseEnd, Tags.End]) with { DefaultSpanLength = 7 };
        Assert.Equal(7, Run(decoder).Sequence.Rounds[0].Scaffold!.Masks);
        Assert.Throws<PlanFormatException>(() => Run(decoder with { Strict = true }));
    }

    /// <summary>With a temperature the CPU also draws the same as double precision.</summary>
    [Theory]
    [InlineData(1UL)]
    [InlineData(77UL)]
    public void DrawsEqualTheReferences(ulong seed)
    {
        PlannedDecoder decoder = TwoRounds with { Sampling = new SamplingParams(0.8f, 0.9f, 40, seed) };
        using IModelRunner cpu = TinyEngines.CpuRunner(new RunnerLimits { MaxSequences = 1, MaxPositions = 400 });
        using var sequence = new Sequence(cpu, 400, Prompt);
        int[] tokens = Run(decoder).Tokens();
        Assert.Equal(tokens, DecodingRecording.Run(cpu, sequence, decoder).Tokens());
        Assert.NotEqual(tokens, Run(decoder with { Sampling = decoder.Sampling with { Seed = seed + 1 } }).Tokens());
    }

    /// <summary>A position that is drawn again in a later step uses another random number.</summary>
    [Fact]
    public void EveryStepHasItsOwnRandomStep()
    {
        using ReferenceModelRunner runner = Runner();
        using var sequence = new Sequence(runner, 400, Prompt);
        var numbers = new List<int>();
        foreach ((DecodingStage stage, ForwardStep step) in TwoRounds.Decode(sequence))
        {
            int number = step.Unmask.ToArray().Select(group => group.RandomStep).Distinct().Single();
            if (stage == DecodingStage.Denoise) numbers.Add(number);
            else Assert.Equal(0, number);
            runner.Forward(step);
        }

        Assert.Equal([.. Enumerable.Range(1, 6), .. Enumerable.Range(1, 4)], numbers);
    }

    private static bool Close(float[] left, float[] right) =>
        left.Zip(right).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4);
}
