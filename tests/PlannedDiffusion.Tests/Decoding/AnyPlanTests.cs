using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.Tests.Decoding.PlannedRequests;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Whatever plans a model writes, decoding ends within its limits and leaves no mask in a span.</summary>
public sealed class AnyPlanTests
{
    private static readonly ReferenceWeights Weights = MakeWeights();

    private sealed record Case(int[][] Plans, bool Dense, int Policy, KvCommit Commit, int MaxRows, int Capacity);

    private static Arbitrary<Case> Cases =>
        (from plans in Plan().ListOf(3)
         from dense in Gen.Elements(true, false)
         from policy in Gen.Choose(0, 3)
         from commit in Gen.Elements(KvCommit.Reference, KvCommit.Refresh)
         from rows in Gen.Choose(4, 40)
         from capacity in Gen.Choose(14, 120)
         select new Case([.. plans], dense, policy, commit, rows, capacity)).ToArbitrary();

    [Fact]
    public void DecodingEndsWithinItsLimits() => Prop.ForAll(Cases, test =>
    {
        var limits = new RunnerLimits { MaxRowsPerStep = test.MaxRows, MaxGroupsPerSequence = 5 };
        using var runner = new ReferenceModelRunner(Weights, limits);
        PlannedDecoder decoder = Decoder([.. test.Plans.Select(plan => plan.ToImmutableArray())]) with
        {
            Dense = test.Dense,
            Commit = test.Commit,
            Policy = Policy(test.Policy),
            MaxRounds = 4,
            MaxPlanTokens = 30,
        };
        using var sequence = new Sequence(runner, test.Capacity, Prompt);
        DecodingRecording actual = DecodingRecording.Run(runner, sequence, decoder); // the runner refuses bad steps

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

    private static UnmaskPolicy Policy(int kind) => kind switch
    {
        0 => new ScheduledUnmasking(ConfidenceKind.NegativeEntropy),
        1 => new ScheduledUnmasking(ConfidenceKind.Margin) { Scope = UnmaskScope.Round },
        2 => new ThresholdUnmasking(0.02f),
        _ => new ThresholdUnmasking(0.02f) { Scope = UnmaskScope.Round },
    };

    /// <summary>Mostly promises, with anything else in between; often ended by a sync.</summary>
    private static Gen<int[]> Plan() =>
        from pieces in Gen.Frequency(
            (6, Gen.Choose(0, 6).Select(number => Promises(number).ToArray())),
            (2, Gen.Choose(30, 250).Select(token => new[] { token })),
            (1, Gen.Elements(Tags.PromiseStart, Tags.PromiseEnd, Tags.AsyncStart, Tags.AsyncEnd, Tags.Mask, Tags.Pad)
                .Select(token => new[] { token }))).ListOf()
        from end in Gen.Elements(Tags.Sync, Tags.Sync, Tags.End)
        select pieces.SelectMany(piece => piece).Append(end).ToArray();

    private static ReferenceWeights MakeWeights()
    {
        ModelConfig shape = TinyModels.Config(
            hidden: 8, mlp: 8, layers: 1, heads: 1, kvHeads: 1, headSize: 8, vocabulary: 310);
        using ModelWeights weights = TinyModels.InMemory(shape with { MaskTokenId = Tags.Mask });
        return ReferenceWeights.From(weights);
    }
}
