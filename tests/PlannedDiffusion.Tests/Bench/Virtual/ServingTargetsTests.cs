using PlannedDiffusion.Bench.Virtual;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Bench.Virtual;

/// <summary>What the scheduler must reach, with the step times of devices.</summary>
public sealed class ServingTargetsTests
{
    private static readonly Tokenizer Demo = Tokenizer.Load(Repository.PathTo("models/demo"));
    private static readonly SchedulingOptions WithoutRule5 = new() { PatienceRows = 0 };

    private static readonly SimulationPlan Plan =
        new(Demo, Path.Combine(Repository.PathTo("bench"), "workloads", "alpaca30.jsonl"), Requests: 400, Seeds: 1);

    private static readonly RecordedRequest Diffusion =
        new() { PromptTokens = 30, PlanTokens = 8, Rounds = [[180]] }; // 182 rows a step

    private static readonly RecordedRequest Writer = new() { PromptTokens = 30, PlanTokens = 8, Rounds = [[990]] };

    /// <summary>Beside two diffusions a token takes at most two steps alone.</summary>
    [Theory]
    [InlineData("h200")]
    [InlineData("h200-goal")]
    public void BesideTwoDiffusionsATokenTakesTwoStepsAlone(string name)
    {
        StepTimes times = StepTables.Find(name);
        Assert.InRange(Gap99(times, WithoutRule5), times[1], 2 * times[1]);
    }

    /// <summary>A unit that has waited for two seconds may stretch a step to 512 rows.</summary>
    [Theory]
    [InlineData("h200")]
    [InlineData("h200-goal")]
    public void WithRule5ATokenTakesAtMostAStepOf512Rows(string name)
    {
        StepTimes times = StepTables.Find(name);
        Assert.InRange(Gap99(times, new SchedulingOptions()), times[1], times[512]);
    }

    /// <summary>On a processor a step has one unit.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OnAProcessorATokenTakesAtMostTheStepOfAUnit(bool rule5)
    {
        SchedulingOptions rules = rule5 ? new SchedulingOptions() : WithoutRule5;
        Assert.InRange(Gap99(StepTables.Cpu, rules), StepTables.Cpu[1], StepTables.Cpu[182 + 2]);
    }

    /// <summary>Also under load: as many requests as an H200 can take at a ratio of 1.</summary>
    [Theory]
    [InlineData(0.8)]
    [InlineData(1.6)]
    public void UnderLoadATokenTakesTwoStepsAlone(double rate)
    {
        var cell = new VirtualCell(
            "load", StepTables.H200, "mixed", Plan.Decoded(new VirtualWay("1"), VirtualWay.Autoregressive))
        {
            Rate = rate,
            Settings = new SimulationSettings { Scheduling = WithoutRule5 },
        };
        double gap = cell.Run(Demo, 400, seed: 1)["gap99"]!.Value;
        Assert.InRange(gap, StepTables.H200[1].TotalSeconds, 2 * StepTables.H200[1].TotalSeconds + 0.0001);
    }

    /// <summary>A planned answer beside one that is written without end takes at most twice its time alone.</summary>
    [Theory]
    [InlineData("cpu")]
    [InlineData("h200")]
    public void BesideAnEndlessAnswerAPlannedOneTakesAtMostTwiceItsTime(string name)
    {
        StepTimes times = StepTables.Find(name);
        VirtualAnswer[] alone = CheckSection.Alone(Plan, times, new VirtualWay("1"));
        using var simulation = new Simulation(Demo, times, new SimulationSettings());
        var requests = new Queue<RecordedRequest>(alone.Select(answer => answer.Request.Recorded));
        bool over = false;
        simulation.Clock.At(TimeSpan.Zero, Write);
        simulation.Clock.At(TimeSpan.FromSeconds(1), Next);
        VirtualAnswer[] beside =
            [.. simulation.Run().Where(answer => !answer.Request.Way.IsAutoregressive)];
        Assert.Equal(alone.Length, beside.Length);
        Assert.All(alone.Zip(beside), pair => Assert.True(pair.Second.Whole <= 2 * pair.First.Whole));

        void Write()
        {
            if (!over) simulation.Send(new VirtualRequest(Writer, VirtualWay.Autoregressive) { Ended = Write });
        }

        void Next()
        {
            over = !requests.TryDequeue(out RecordedRequest? recorded);
            if (!over) simulation.Send(new VirtualRequest(recorded!, new VirtualWay("1")) { Ended = Next });
        }
    }

    /// <summary>
    /// Where planning stops paying on an H200 at a ratio of 0.5: between 1.5 and 2.6 requests a second, that is, after
    /// 18 or so in ten seconds. What chooses by that is about as good as the better of both.
    /// </summary>
    [Fact]
    public void WhatChoosesByArrivalsIsAsGoodAsTheBetterOfBoth()
    {
        (double planned, double single, double auto) light = Means(1.5), heavy = Means(2.6);
        Assert.True(light.planned < light.single, $"{light}");
        Assert.True(heavy.planned > heavy.single, $"{heavy}");
        Assert.True(light.auto < 1.1 * light.planned, $"{light}");
        Assert.True(heavy.auto < 1.05 * heavy.single, $"{heavy}");

        (double, double, double) Means(double rate)
        {
            double[] means = [.. new[] { new("0.5"), VirtualWay.Autoregressive, new("0.5", 18) }.Select(way =>
                new VirtualCell("auto", StepTables.H200, way.Name, Plan.Decoded(way)) { Rate = rate }
                    .Run(Demo, 600, seed: 5)["whole"]!.Value)];
            return (means[0], means[1], means[2]);
        }
    }

    /// <summary>What 99 % of the gaps between tokens of an answer do not exceed, beside two diffusions.</summary>
    private static TimeSpan Gap99(StepTimes times, SchedulingOptions rules)
    {
        using var simulation = new Simulation(Demo, times, new SimulationSettings { Scheduling = rules });
        bool over = false;
        simulation.Clock.At(TimeSpan.Zero, Diffuse);
        simulation.Clock.At(TimeSpan.Zero, Diffuse);
        simulation.Clock.At(times[183] * 50, () => simulation.Send(
            new VirtualRequest(Writer, VirtualWay.Autoregressive) { Ended = () => over = true }));
        VirtualAnswer written = simulation.Run().Single(answer => answer.Request.Recorded == Writer);
        TimeSpan[] gaps = [.. written.Gaps.Order()];
        Assert.Equal(989, gaps.Length);
        return gaps[(int)(0.99 * gaps.Length)];

        void Diffuse()
        {
            if (!over) simulation.Send(new VirtualRequest(Diffusion, new VirtualWay("1")) { Ended = Diffuse });
        }
    }
}
