using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Decoders with drafts decode the same in fewer passes.</summary>
public sealed class DraftsTests
{
    private static readonly ControlTokens Tags = PlannedRequests.Tags;
    private static readonly int[] Prompt = PlannedRequests.Prompt;

    private int _kept;

    /// <summary>Any plan, written or forced, with any limits, stops and ablations.</summary>
    [Fact]
    public void ScriptedPlansAreTheSame()
    {
        Prop.ForAll(AnyPlan.Cases, Gen.Choose(0, 100_000).ToArbitrary(), (test, seed) => Compare(
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
            test.Capacity,
            Prompt))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(3, 5));
        Assert.InRange(_kept, 1000, int.MaxValue);
    }

    /// <summary>Draws of a model, at any temperature and with any seed, in steps of any size.</summary>
    [Fact]
    public void DrawnPlansAreTheSame()
    {
        Prop.ForAll(Drawings, drawn => Compare(
            () => new ScriptedRunner(GrammarModel.Runner(drawn.Rows), drawn.HintAt),
            drawn.Planned,
            drawn.Capacity,
            GrammarModel.Prompt.ToArray()))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(100).WithReplay(3, 7));
        Assert.InRange(_kept, 1000, int.MaxValue);
    }

    [Fact]
    public void AutoregressiveAnswersAreTheSame()
    {
        Prop.ForAll(Drawings, drawn => Compare(
            () => new ScriptedRunner(GrammarModel.Runner(drawn.Rows), drawn.RepeatedAt),
            drawn.Autoregressive,
            drawn.Capacity,
            GrammarModel.Prompt.ToArray()))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(100).WithReplay(3, 9));
        Assert.InRange(_kept, 1000, int.MaxValue);
    }

    /// <summary>Requests with drafts that share steps write what each writes alone without drafts.</summary>
    [Fact]
    public void OtherRequestsDoNotChangeAnswers() => Prop.ForAll(Drawings.Generator.ListOf(4).ToArbitrary(), all =>
    {
        using var runner = new ScriptedRunner(GrammarModel.Runner(rows: 400), all[0].HintAt);
        Sequence[] sequences = [.. all.Select(drawn => new Sequence(runner, drawn.Capacity, GrammarModel.Prompt))];
        SharedSteps.Run(runner, [.. sequences.Zip(all, (sequence, drawn) => (sequence, Decoder(drawn, drafts: true)))]);
        for (int i = 0; i < sequences.Length; i++)
        {
            using var alone = new Sequence(runner, all[i].Capacity, GrammarModel.Prompt);
            SharedSteps.Run(runner, [(alone, Decoder(all[i], drafts: false))]);
            Assert.Equal(alone.Tokens, sequences[i].Tokens);
            Assert.Equal(alone.Finish, sequences[i].Finish);
            sequences[i].Dispose();
        }

        static IDecoder Decoder(GrammarRequest drawn, bool drafts) => drawn.Seed % 3 == 0
            ? drawn.Autoregressive with { PromptLookup = drafts }
            : drawn.Planned with { DraftPlans = drafts };
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithReplay(3, 11));

    /// <summary>
    /// Steps with room for one small span, and steps that the prompt or the riding rows of a sync fill.
    /// </summary>
    [Fact]
    public void StepsOfAnySizeGiveTheSameAnswers()
    {
        PlannedDecoder decoder = PlannedRequests.Decoder(
            PlannedRequests.Plan(Tags.Sync, 4, 2, 3),
            PlannedRequests.Plan(Tags.Sync, 5),
            PlannedRequests.Plan(Tags.End, 1));
        for (int rows = 3; rows <= 45; rows++)
        {
            Compare(
                () => PlannedRequests.Runner(rows),
                decoder with { Commit = rows % 3 == 0 ? KvCommit.Reference : KvCommit.Refresh },
                400,
                Prompt);
        }

        Assert.InRange(_kept, 1000, int.MaxValue);
    }

    /// <summary>
    /// A broken token after a rejected draft does not belong to the answer. Broken tokens of the answer end it.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OnlyKeptTokensCanBeBroken(bool ahead)
    {
        const int rows = 40, tokens = 6;
        int start = GrammarModel.Prompt.Length;
        int[] written = Run(new AutoregressiveDecoder { StopTokens = [], MaxLength = start + tokens }, broken: null);
        int[] unwritten = [.. Enumerable.Range(0, 14).Except(written)];
        var decoder = new PlannedDecoder
        {
            Tokens = GrammarModel.Tags with
            {
                PromiseStart = unwritten[0], // drafted at once, and rejected
                PromiseEnd = unwritten[1],
                Sync = unwritten[2],
                End = unwritten[2],
            },
            MaxLength = start + tokens,
            StepsRatio = 1,
            LengthScale = 10,
            DefaultSpanLength = 50,
            MaxRounds = 16,
            MaxPlanTokens = 512,
            DraftPlans = true,
        };
        Assert.Equal(written, Run(decoder, broken: unwritten[0]));
        foreach (bool drafts in (bool[])[false, true])
        {
            PlannedDecoder right = decoder with
            {
                Tokens = decoder.Tokens with { PromiseStart = written[start] },
                DraftPlans = drafts,
            };
            BrokenLogitsException error =
                Assert.Throws<BrokenLogitsException>(() => Run(right, broken: written[start]));
            Assert.Equal(start + 1, error.Position);
        }

        int[] Run(IDecoder decoder, int? broken)
        {
            IModelRunner runner = GrammarModel.Runner(rows, broken);
            using IModelRunner device = ahead ? new AheadRunner(runner) : runner;
            using var sequence = new Sequence(device, start + tokens, GrammarModel.Prompt);
            foreach (ReadyPass pass in decoder.Decode(sequence)) device.Forward(pass.Step);
            return sequence.Tokens.ToArray();
        }
    }

    /// <summary>No drafts if a row's bits depend on other rows, or if every pass computes everything.</summary>
    [Fact]
    public void NothingIsDraftedIfDraftsWouldChangeBits()
    {
        PlannedDecoder decoder =
            PlannedRequests.Decoder(PlannedRequests.Plan(Tags.Sync, 2, 2), PlannedRequests.Plan(Tags.End, 1)) with
            {
                DraftPlans = true,
                Commit = KvCommit.Refresh,
            };
        using var runner = new ExactRowsRunner(PlannedRequests.Runner(), 4);
        using var sequence = new Sequence(runner, 400, Prompt);
        DecodingRecording.Run(runner, sequence, decoder);
        Assert.All(sequence.Record.Passes, pass => Assert.True(pass.Drafted == 0 || pass.Rows <= 4));
        Assert.Contains(sequence.Record.Passes, pass => pass is { Rows: 3, Drafted: 2, Kept: 2 });
        Assert.Contains(sequence.Record.Passes, pass => pass is { Rows: 4, Drafted: 3 });
        Assert.All(
            sequence.Record.Passes.Where(pass => pass.Stage is DecodingStage.Prefill or DecodingStage.Sync),
            pass => Assert.Equal(0, pass.Drafted)); // both have more than four rows without drafts
        Assert.All(
            PlannedRequests.Run(decoder, recompute: true).Sequence.Record.Passes,
            pass => Assert.Equal(0, pass.Drafted));
    }

    private static Arbitrary<GrammarRequest> Drawings =>
        (from seed in Gen.Choose(0, 100_000)
         from rows in Gen.Choose(3, 40)
         from capacity in Gen.Choose(GrammarModel.Prompt.Length + 1, 120)
         select new GrammarRequest(seed, rows, capacity)).ToArbitrary();

    private void Compare(Func<IModelRunner> runner, IDecoder decoder, int capacity, int[] prompt)
    {
        IDecoder drafting = decoder is PlannedDecoder planned
            ? planned with { DraftPlans = true }
            : (AutoregressiveDecoder)decoder with { PromptLookup = true };
        DecodingOutcome expected = DecodingOutcome.Of(runner, decoder, capacity, prompt);
        Func<IModelRunner>[] devices =
        [
            runner,
            () => new AheadRunner(runner()),
            () => new ExactRowsRunner(runner(), 8),
            () => new ExactRowsRunner(runner(), 2),
        ];
        foreach (Func<IModelRunner> device in devices)
        {
            DecodingOutcome actual = DecodingOutcome.Of(device, drafting, capacity, prompt);
            expected.AssertSame(actual);
            AssertSaved(expected.Passes, actual.Passes);
        }
    }

    /// <summary>Each kept draft saves a pass, and each rejected one costs a row.</summary>
    private void AssertSaved(IReadOnlyList<DecodingPass> expected, IReadOnlyList<DecodingPass> actual)
    {
        int kept = actual.Sum(pass => pass.Kept), drafted = actual.Sum(pass => pass.Drafted);
        Assert.Equal(expected.Count, actual.Count + kept);
        Assert.Equal(expected.Sum(pass => pass.Rows), actual.Sum(pass => pass.Rows) - drafted + kept);
        Assert.All(actual, pass => Assert.InRange(pass.Kept, 0, pass.Drafted));
        Assert.All(actual, pass => Assert.InRange(pass.Drafted, 0, 7));
        Assert.Equal(OtherRows(expected), OtherRows(actual));
        _kept += kept;

        // Rows of passes that exist with and without drafts: prompts, spans, and riding rows.
        static IEnumerable<(DecodingStage, int)> OtherRows(IReadOnlyList<DecodingPass> passes) => passes
            .Where(pass => pass.Stage is not (DecodingStage.Plan or DecodingStage.Autoregressive))
            .Select(pass => (pass.Stage, pass.Rows - pass.Drafted));
    }
}
