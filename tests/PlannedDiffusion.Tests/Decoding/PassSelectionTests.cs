using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Sampling;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.Tests.Decoding.PlannedRequests;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>
/// Whatever steps take of each pass, decoding gives the same: tokens, steps of each span, keys and values.
/// </summary>
public sealed class PassSelectionTests
{
    private static readonly RowGroup Causal = new(1, new TokenRange(0, 10), AttentionRange.CausalFrom(0, 10));
    private static readonly RowGroup Block =
        new(1, new TokenRange(10, 16), AttentionRange.Bidirectional(10, new TokenRange(10, 16)));

    private readonly ForwardStep _pass = new(), _step = new();

    [Fact]
    public void PlannedDecodingIsTheSame()
    {
        int parts = 0, leftOut = 0, surplus = 0;
        Prop.ForAll(
            AnyPlan.Cases,
            Gen.Choose(0, 10_000).ToArbitrary(),
            (test, seed) =>
            {
                PlannedDecoder decoder = test.Decoder with
                {
                    ForcedPlans = seed % 3 == 0 ? test.Decoder.ForcedPlans : [],
                    Sampling = new SamplingParams(seed % 2, 1, 0, (ulong)seed),
                    DraftPlans = seed % 4 == 0,
                };
                DecodingOutcome expected = DecodingOutcome.Of(Scripted, decoder, test.Capacity, Prompt);
                foreach (int? depth in (int?[])[null, 0, 2, int.MaxValue])
                {
                    var taker = new PassTaker(new Random(seed));
                    IModelRunner Create() => depth is { } most ? new AheadRunner(Scripted(), most) : Scripted();
                    DecodingOutcome actual =
                        DecodingOutcome.Of(Create, decoder, test.Capacity, Prompt, taker);
                    expected.AssertSame(actual);
                    (parts, leftOut, surplus) =
                        (parts + taker.Parts, leftOut + taker.LeftOut, surplus + actual.Surplus);
                }

                IModelRunner Scripted() =>
                    new ScriptedRunner(test.Runner(), position => AnyPlan.WrittenAt(position, seed));
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(250).WithReplay(3, 13));
        Assert.True(parts > 1000 && leftOut > 20 && surplus > 20, $"{parts}, {leftOut}, {surplus}");
    }

    /// <summary>Rows that see only what is before them are cut anywhere, others not at all.</summary>
    [Fact]
    public void ALeadIsTakenInOrder()
    {
        var parts = new PassSelection(_pass);
        parts.AddLead(Causal);
        parts.AddLead(Block);
        parts.Complete(writes: false, coreHasBegun: false);
        Assert.True(parts.IsComplete);
        Assert.Equal([(0, 4)], Next(parts, wanted: 4, room: 100));
        Assert.Equal([(4, 10)], Next(parts, wanted: 6, room: 100));
        Assert.Empty(Next(parts, wanted: 1, room: 5));
        Assert.False(parts.IsComplete);
        Assert.Equal([(10, 16)], Next(parts, wanted: 1, room: 100));
        Assert.Equal(0, parts.Lead);
    }

    [Fact]
    public void APassIsCompleteOnceASpanIsTaken()
    {
        var parts = new PassSelection(_pass);
        _pass.AddUnmask(default);
        parts.AddLead(Causal);
        parts.AddUnit(Block, decides: 0, hasBegun: true);
        parts.AddUnit(Block, decides: -1, hasBegun: false); // rides
        parts.Complete(writes: false, coreHasBegun: false);
        Assert.Equal((22, true), (parts.Taken, parts.IsComplete));
        parts.TakeNothing();
        parts.TakeLead(100, 100);
        parts.Take(1);
        Assert.Equal((16, false), (parts.Taken, parts.IsComplete));
        parts.GoOn();
        Assert.Equal((0, 6, 0), (parts.Lead, parts.RowsLeft(0), parts.RowsLeft(1)));
        parts.Take(1); // once only
        Assert.Equal(0, parts.Taken);
        parts.Take(0);
        Assert.Equal((6, true), (parts.Taken, parts.IsComplete));
        parts.AddTo(_step);
        Assert.Equal((1, 1), (_step.Rows.Length, _step.Unmask.Length));
    }

    private (int, int)[] Next(PassSelection parts, int wanted, int room)
    {
        parts.TakeNothing();
        parts.TakeLead(wanted, room);
        _step.Clear();
        parts.AddTo(_step);
        (int, int)[] rows = [.. _step.Rows.ToArray().Select(group => (group.Positions.Start, group.Positions.End))];
        parts.GoOn();
        return rows;
    }
}
