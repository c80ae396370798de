using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>The gap between the ideal and the achieved speedup, on hand-made and random timings.</summary>
public sealed class CriticalPathAccountTests
{
    /// <summary>60 passes instead of 120: every term by hand.</summary>
    [Fact]
    public void EveryTermFollowsItsFormula()
    {
        PathTimes autoregressive = Times(
            host: 0.6, idle: 0.2, (DecodingStage.Prefill, 1, 0.5), (DecodingStage.Autoregressive, 119, 11.9));
        PathTimes answer = Times(
            host: 0.5,
            idle: 0.3,
            (DecodingStage.Prefill, 1, 0.7),
            (DecodingStage.Plan, 18, 1.9),
            (DecodingStage.Denoise, 40, 10.0),
            (DecodingStage.Sync, 1, 0.2));
        var account = new CriticalPathAccount(answer, autoregressive);
        Close(0.1, account.AutoregressiveStep);
        Close(2.0, account.IdealSpeedup);
        Close(13.2 / 13.6, account.AchievedSpeedup);
        Close(2.5, account.StepCost);
        Close(6.6, account.IdealSeconds);
        Close(10.0 - 4.0, account.HeavierSteps);
        Close(2.1 - 1.9, account.Planning);
        Close(0.6 - (0.5 * 0.4), account.Prefill);
        Close(0.5 - 0.3, account.Host);
        Close(0.3 - 0.1, account.Idle);
        Close(13.6 - 6.6, account.Gap);
        Close(account.Gap, Sum(account));
    }

    [Fact]
    public void AnAnswerComparedWithItselfHasNoGap()
    {
        PathTimes one = Times(
            0.01, 0.002, (DecodingStage.Prefill, 1, 0.04), (DecodingStage.Autoregressive, 7, 0.31));
        var account = new CriticalPathAccount(one, one);
        Assert.Equal((1.0, 1.0), (account.IdealSpeedup, account.AchievedSpeedup));
        Close(1, account.StepCost);
        Assert.All(Terms(account), term => Close(0, term));
    }

    /// <summary>A single change shows in its own term and in no other.</summary>
    [Theory]
    [InlineData(0, DecodingStage.Denoise)]
    [InlineData(1, DecodingStage.Plan)]
    [InlineData(1, DecodingStage.Sync)]
    [InlineData(2, DecodingStage.Prefill)]
    [InlineData(3, null)]
    [InlineData(4, null)]
    public void EachCauseChangesItsOwnTerm(int cause, DecodingStage? stage)
    {
        DecodingStage[] stages =
            [DecodingStage.Prefill, DecodingStage.Plan, DecodingStage.Denoise, DecodingStage.Sync];
        var answer = new PathTimes(
            stages.Select(one => KeyValuePair.Create(one, new StageTime(5, 9, 0.5 + (one == stage ? 0.25 : 0)))),
            host: cause == 3 ? 0.25 : 0,
            idle: cause == 4 ? 0.25 : 0);
        PathTimes even = Times(0, 0, (DecodingStage.Prefill, 1, 0.1), (DecodingStage.Autoregressive, 39, 3.9));
        var account = new CriticalPathAccount(answer, even);
        double[] terms = Terms(account);
        for (int i = 0; i < terms.Length; i++) Close(i == cause ? 0.25 : 0, terms[i]);
        Close(0.25, account.Gap);
        Assert.Equal(2.0, account.IdealSpeedup);
    }

    /// <summary>With any timings, and for sums of requests as for each request.</summary>
    [Fact]
    public void TheTermsAddUpToTheGap() => Prop.ForAll(
        Gen.Choose(0, 1_000_000).Three().ToArbitrary(),
        seeds =>
        {
            PathTimes[] answers = [Any(seeds.Item1, plans: true), Any(seeds.Item2, plans: true)];
            PathTimes[] autoregressive = [Any(seeds.Item3, plans: false), Any(seeds.Item1 + 1, plans: false)];
            CriticalPathAccount[] accounts =
            [
                new(answers[0], autoregressive[0]),
                new(answers[1], autoregressive[1]),
                new(PathTimes.Sum(answers), PathTimes.Sum(autoregressive)),
            ];
            foreach (CriticalPathAccount account in accounts)
            {
                double size = account.Seconds + account.IdealSeconds;
                Assert.InRange(Sum(account) - account.Gap, -1e-12 * size, 1e-12 * size);
                double fromSpeedups = account.Seconds * (1 - (account.AchievedSpeedup / account.IdealSpeedup));
                Assert.InRange(fromSpeedups - account.Gap, -1e-12 * size, 1e-12 * size);
            }

            Close(answers.Sum(one => one.Seconds), accounts[2].Seconds);
        }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(11, 13));

    /// <summary>
    /// 13 tokens of a plan in 5 passes, each of which takes as long as two steps because of its drafts. The ideal
    /// counts 5, and the cost of the rows is planning.
    /// </summary>
    [Fact]
    public void DraftsImproveTheIdealAndRaisePlanning()
    {
        PathTimes even = Times(0, 0, (DecodingStage.Prefill, 1, 0.1), (DecodingStage.Autoregressive, 39, 3.9));
        PathTimes without = Times(
            0, 0, (DecodingStage.Prefill, 1, 0.1), (DecodingStage.Plan, 13, 1.3), (DecodingStage.Denoise, 6, 0.6));
        var with = new PathTimes(
            [
                new(DecodingStage.Prefill, new StageTime(1, 9, 0.1)),
                new(DecodingStage.Plan, new StageTime(5, 17, 1.0, Drafted: 12, Kept: 8)),
                new(DecodingStage.Denoise, new StageTime(6, 40, 0.6)),
            ],
            0,
            0);
        CriticalPathAccount before = new(without, even), after = new(with, even);
        Assert.Equal((20, 12, 12, 8), (without.Passes, with.Passes, with.Drafted, with.Kept));
        Close(40.0 / 20, before.IdealSpeedup);
        Close(40.0 / 12, after.IdealSpeedup);
        double[] terms = Terms(after);
        for (int i = 0; i < terms.Length; i++) Close(i == 1 ? 5 * 0.1 : 0, terms[i]);
        Close(after.Gap, Sum(after));

        PathTimes both = PathTimes.Sum([with, with]);
        Assert.Equal(new StageTime(10, 34, 2.0, 24, 16), both[DecodingStage.Plan]);
    }

    [Fact]
    public void AnAnswerOfOneTokenUsesItsPrefillAsAStep()
    {
        PathTimes one = Times(0.1, 0, (DecodingStage.Prefill, 1, 0.4));
        PathTimes answer = Times(0.1, 0, (DecodingStage.Prefill, 1, 0.4), (DecodingStage.Denoise, 1, 0.6));
        var account = new CriticalPathAccount(answer, one);
        Close(0.4, account.AutoregressiveStep);
        Close(0.2, account.HeavierSteps);
        Close(account.Gap, Sum(account));
    }

    [Fact]
    public void PassesAreNeeded()
    {
        PathTimes none = Times(1, 1), one = Times(0, 0, (DecodingStage.Prefill, 1, 1));
        Assert.Throws<ArgumentException>(() => new CriticalPathAccount(none, one));
        Assert.Throws<ArgumentException>(() => new CriticalPathAccount(one, none));
    }

    private static PathTimes Times(
        double host, double idle, params (DecodingStage Stage, int Passes, double Seconds)[] stages) => new(
        stages.Select(one => KeyValuePair.Create(one.Stage, new StageTime(one.Passes, one.Passes, one.Seconds))),
        host,
        idle);

    private static PathTimes Any(int seed, bool plans)
    {
        var random = new Random(seed);
        DecodingStage[] stages = plans
            ? [DecodingStage.Prefill, DecodingStage.Plan, DecodingStage.Denoise, DecodingStage.Sync]
            : [DecodingStage.Prefill, DecodingStage.Autoregressive];
        return new PathTimes(
            stages.Where((_, i) => i == 0 || random.Next(5) > 0).Select(stage => KeyValuePair.Create(
                stage, new StageTime(random.Next(1, 300), random.Next(1000), Seconds()))),
            Seconds(),
            Seconds());

        double Seconds() => Math.Pow(10, -6 + (8 * random.NextDouble()));
    }

    private static double[] Terms(CriticalPathAccount account) =>
        [account.HeavierSteps, account.Planning, account.Prefill, account.Host, account.Idle];

    private static double Sum(CriticalPathAccount account) => Terms(account).Sum();

    private static void Close(double expected, double actual) => Assert.Equal(expected, actual, 1e-12);
}
