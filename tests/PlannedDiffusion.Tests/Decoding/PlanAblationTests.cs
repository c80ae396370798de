using System.Collections.Immutable;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tests.Engine;
using Xunit;
using static PlannedDiffusion.Tests.Decoding.PlannedRequests;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>An ablated plan decodes as if it had been written without the removed parts.</summary>
public sealed class PlanAblationTests
{
    private static readonly int Start = Tags.PromiseStart, End = Tags.PromiseEnd, Sync = Tags.Sync;

    private static int Digit(int value) => Tags.Digits[value];

    [Fact]
    public void OnlyTopicsAreRemovedFromPromises()
    {
        int[] plan =
        [
            40, Start, 41, 42, Digit(3), 43, End, 44, Start, 45, End, Start, Digit(1), Digit(2), Digit(5), End,
        ];
        int[] expected = [40, Start, Digit(3), End, 44, Start, End, Start, Digit(1), Digit(2), End];
        Assert.Equal(expected, new PlanAblation(Tags, Topics: true, Syncs: false).Apply(plan));
        Assert.Equal(plan, new PlanAblation(Tags, Topics: false, Syncs: true).Apply(plan));
    }

    [Fact]
    public void TextOutsidePromisesStays()
    {
        int[] plan = [Sync, 40, Start, 41, Digit(3)];
        Assert.Equal(plan, new PlanAblation(Tags, Topics: true, Syncs: false).Apply(plan));
        Assert.Equal(plan[1..], new PlanAblation(Tags, Topics: true, Syncs: true).Apply(plan));
        Assert.Empty(new PlanAblation(Tags, Topics: true, Syncs: true).Apply([]));
    }

    [Fact]
    public void WithoutTopicsSpansEqualThoseOfAPlanThatNeverHadThem()
    {
        PlannedDecoder decoder = Decoder(Plan(Sync, 4, 2, 3), Plan(Tags.End, 3));
        DecodingRecording bare = Run(Decoder(Bare(Sync, 4, 2, 3), Bare(Tags.End, 3)));
        DecodingRecording dropped = Run(decoder with { DropTopics = true });
        Assert.Equal(bare.Tokens(), dropped.Tokens());
        Assert.NotEqual(Run(decoder).Tokens(), dropped.Tokens());
        // The topics took a pass for each token. The shorter plan's rows are computed again without a further pass.
        Assert.Equal(bare.Passes.Count + 3 + 1, dropped.Passes.Count);
        Assert.Equal(bare.Denoise(0)[0].Rows + (3 * 3), dropped.Denoise(0)[0].Rows);
        Assert.Equal([4 * 3, 2 * 3, 3 * 3], Lengths(dropped, 0));
    }

    [Fact]
    public void WithoutSyncsAllSpansBelongToOneRound()
    {
        ImmutableArray<int> first = Plan(Sync, 4, 2), second = Plan(Tags.End, 3);
        DecodingRecording merged = Run(Decoder(first, second) with { DropSyncs = true });
        DecodingRecording one = Run(Decoder([.. first[..^1], .. second]));
        Assert.Equal(one.Tokens(), merged.Tokens());
        Assert.Equal([4 * 3, 2 * 3, 3 * 3], Lengths(merged, 0));
        Assert.Single(merged.Sequence.Rounds);
        Assert.DoesNotContain(merged.Passes, pass => pass.Stage == DecodingStage.Sync);
        Assert.Equal(one.Passes.Count + 1, merged.Passes.Count); // the pass that wrote the sync
    }

    [Fact]
    public void BothTogetherLeaveTagsAndNumbers()
    {
        PlannedDecoder decoder = Decoder(Plan(Sync, 4, 2), Plan(Tags.End, 3));
        Assert.Equal(
            Run(Decoder(Bare(Tags.End, 4, 2, 3))).Tokens(),
            Run(decoder with { DropSyncs = true, DropTopics = true }).Tokens());
    }

    [Theory]
    [InlineData(KvCommit.Reference, false, 512)]
    [InlineData(KvCommit.Refresh, false, 512)]
    [InlineData(KvCommit.Refresh, true, 512)]
    [InlineData(KvCommit.Refresh, false, 15)]
    public void KeysAndValuesAreThoseOfTheShorterPlan(KvCommit commit, bool dense, int maxRows)
    {
        PlannedDecoder bare = Decoder(Bare(Sync, 4, 0, 3), Bare(Tags.End, 3)) with { Commit = commit, Dense = dense };
        ImmutableArray<int>[] plans = [Plan(Sync, 4, 0, 3), Plan(Tags.End, 3)];
        if (dense) maxRows = 512;
        DecodingRecording expected = Run(bare, maxRows);
        DecodingRecording actual = Run(bare with { ForcedPlans = [.. plans], DropTopics = true }, maxRows);
        Assert.Equal(expected.Tokens(), actual.Tokens());
        // The first logits of the next plan see every key and value before it.
        Assert.Equal(
            expected.Passes.Last(pass => pass.Stage == DecodingStage.Sync && pass.Logits.Count > 0).Logits[0],
            actual.Passes.Last(pass => pass.Stage == DecodingStage.Sync && pass.Logits.Count > 0).Logits[0],
            (left, right) => Math.Abs(left - right) < 1e-4);
    }

    [Fact]
    public void TheSameWithoutACache()
    {
        PlannedDecoder decoder = Decoder(Plan(Sync, 4, 2, 3), Plan(Tags.End, 3)) with
        {
            DropTopics = true,
            Commit = KvCommit.Refresh,
        };
        Assert.Equal(Run(decoder, recompute: true).Tokens(), Run(decoder).Tokens());
    }

    /// <summary>A round without a mask has no pass: its shorter plan is computed with the next sync.</summary>
    [Theory]
    [InlineData(KvCommit.Reference, 512)]
    [InlineData(KvCommit.Refresh, 512)]
    [InlineData(KvCommit.Refresh, 7)]
    public void APlanOfEmptySpansLosesItsTopicsToo(KvCommit commit, int maxRows)
    {
        PlannedDecoder bare = Decoder(Bare(Sync, 0, 0), Bare(Tags.End, 1)) with { Commit = commit };
        PlannedDecoder dropped =
            bare with { ForcedPlans = [Plan(Sync, 0, 0), Plan(Tags.End, 1)], DropTopics = true };
        Assert.Equal(Run(bare, maxRows).Tokens(), Run(dropped, maxRows).Tokens());
        if (commit == KvCommit.Refresh)
            Assert.Equal(Run(dropped, recompute: true).Tokens(), Run(dropped, maxRows).Tokens());
    }

    [Fact]
    public void AGivenPlanLosesItsTopicsToo()
    {
        var given = new GivenPlan([.. Promises(4, 2)], [12, 6]);
        DecodingRecording dropped = Run(Decoder() with { Given = given, DropTopics = true });
        Assert.Equal(Run(Decoder(Bare(Tags.End, 4, 2))).Tokens(), dropped.Tokens());
    }

    [Fact]
    public void APlanWithoutThesePartsIsUnchanged()
    {
        PlannedDecoder decoder = Decoder(Bare(Tags.End, 4, 2));
        DecodingRecording plain = Run(decoder), dropped = Run(decoder with { DropTopics = true, DropSyncs = true });
        Assert.Equal(plain.Tokens(), dropped.Tokens());
        Assert.Equal(plain.Passes.Select(pass => pass.Rows), dropped.Passes.Select(pass => pass.Rows));
    }

    /// <summary>The CPU, with its own cache, decodes the same as double precision.</summary>
    [Fact]
    public void OnTheCpu()
    {
        PlannedDecoder decoder = Decoder(Plan(Sync, 4, 2, 3), Plan(Tags.End, 3)) with { DropTopics = true };
        using IModelRunner cpu = TinyEngines.CpuRunner(new RunnerLimits { MaxSequences = 1, MaxPositions = 400 });
        using var sequence = new Sequence(cpu, 400, Prompt);
        Assert.Equal(Run(decoder).Tokens(), DecodingRecording.Run(cpu, sequence, decoder).Tokens());
    }

    private static ImmutableArray<int> Bare(int end, params int[] numbers) =>
        [.. numbers.SelectMany(number => (int[])[Start, Digit(number), End]), end];

    private static IEnumerable<int> Lengths(DecodingRecording recording, int round) =>
        recording.Sequence.Rounds[round].Plan!.Spans.Select(span => span.Length);
}
