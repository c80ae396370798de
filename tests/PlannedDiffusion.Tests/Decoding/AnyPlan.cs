using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using static PlannedDiffusion.Tests.Decoding.PlannedRequests;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Any plans, decoded in any way, by a runner of any size.</summary>
internal sealed record AnyPlan(int[][] Plans, bool Dense, int Policy, KvCommit Commit, int MaxRows, int Capacity)
{
    /// <summary>The number of kinds of <see cref="PolicyOf"/>.</summary>
    public const int Policies = 8;

    private static readonly ReferenceWeights Weights = MakeWeights();

    public static Arbitrary<AnyPlan> Cases =>
        (from plans in Plan().ListOf(3)
         from dense in Gen.Elements(true, false)
         from policy in Gen.Choose(0, Policies - 1)
         from commit in Gen.Elements(KvCommit.Reference, KvCommit.Refresh)
         from rows in Gen.Choose(4, 40)
         from capacity in Gen.Choose(14, 120)
         select new AnyPlan([.. plans], dense, policy, commit, rows, capacity)).ToArbitrary();

    /// <summary>A decoder for it.</summary>
    public PlannedDecoder Decoder => PlannedRequests.Decoder([.. Plans.Select(plan => plan.ToImmutableArray())]) with
    {
        Dense = Dense,
        Commit = Commit,
        Policy = PolicyOf(Policy),
        MaxRounds = 4,
        MaxPlanTokens = 30,
    };

    /// <summary>A runner for it, on a model with random weights.</summary>
    public ReferenceModelRunner Runner() =>
        new(Weights, new RunnerLimits { MaxRowsPerStep = MaxRows, MaxGroupsPerSequence = 5 });

    public static UnmaskPolicy PolicyOf(int kind) => kind switch
    {
        0 => new ScheduledUnmasking(ConfidenceKind.NegativeEntropy),
        1 => new ScheduledUnmasking(ConfidenceKind.Margin) { Scope = UnmaskScope.Round },
        2 => new ThresholdUnmasking(0.02f),
        3 => new ThresholdUnmasking(0.02f) { Scope = UnmaskScope.Round },
        4 => new CertainUnmasking(0.1f),
        5 => new CertainUnmasking(0.1f) { Scope = UnmaskScope.Round },
        6 => new FactorUnmasking(4),
        _ => new FactorUnmasking(4) { Scope = UnmaskScope.Round },
    };

    /// <summary>The tokens of a model that writes promises, other text, and ends of plans.</summary>
    public static int WrittenAt(int position, int seed)
    {
        int roll = new Random((seed * 1000) + position).Next(20);
        return roll switch
        {
            < 5 => Tags.PromiseStart,
            < 8 => Tags.PromiseEnd,
            < 12 => Tags.Digits[roll - 8],
            < 14 => Tags.Sync,
            14 => Tags.End,
            _ => 100 + roll,
        };
    }

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
