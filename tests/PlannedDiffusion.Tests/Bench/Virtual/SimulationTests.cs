using PlannedDiffusion.Bench.Virtual;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Bench.Virtual;

/// <summary>The engine on a virtual clock.</summary>
public sealed class SimulationTests
{
    private static readonly Tokenizer Demo = Tokenizer.Load(Repository.PathTo("models/demo"));
    private static readonly SimulationPlan Plan =
        new(Demo, Path.Combine(Repository.PathTo("bench"), "workloads", "alpaca30.jsonl"), Requests: 200, Seeds: 1);

    /// <summary>An H200 answers the recorded requests, one after the other, in 29.6 and 35.0 s: 1.183 x.</summary>
    [Fact]
    public void RecordedRequestsTakeAsLongAsOnTheDevice()
    {
        IReadOnlyDictionary<string, double> numbers = CheckSection.Rows(Plan, StepTables.H200).Single().Numbers;
        Assert.Equal(29.5, numbers["planned"], 0.1);
        Assert.Equal(34.8, numbers["ar"], 0.1);
        Assert.Equal(1.182, numbers["ratio"], 0.002);
        Assert.Equal(1.917, numbers["passRatio"], 0.002);
    }

    /// <summary>Load only moves rows to other steps: their number is that of the answers.</summary>
    [Fact]
    public void RowsAreConserved()
    {
        using var simulation = new Simulation(Demo, StepTables.H200, new SimulationSettings());
        VirtualWorkload workload = Plan.Decoded(new VirtualWay("1"), VirtualWay.Autoregressive);
        Loads.Open(simulation, perSecond: 2, count: 100, new Random(1), workload.Draw);
        IReadOnlyList<VirtualAnswer> answers = simulation.Run();
        Assert.Equal(100, answers.Count);
        Assert.All(answers, answer => Assert.Null(answer.Error));
        Assert.Equal(simulation.Runner.Rows, answers.Sum(answer => answer.Rows));
        foreach (VirtualAnswer answer in answers.Where(answer => answer.Request.Way.IsAutoregressive))
            Assert.Equal(answer.Request.Recorded.PromptTokens + answer.Request.AnswerTokens - 1, answer.Rows);
    }

    [Theory]
    [InlineData(null, 16)]
    [InlineData(1.5, null)]
    [InlineData(0.5, 8)]
    public void TwoRunsAreTheSame(double? rate, int? clients)
    {
        var cell = new VirtualCell(
            "same", StepTables.H200, "mixed", Plan.Decoded(new VirtualWay("0.5"), VirtualWay.Autoregressive))
        {
            Rate = rate,
            Clients = clients,
        };
        IReadOnlyDictionary<string, double> first = cell.Run(Demo, 200, seed: 3).Known();
        Assert.Equal(first, cell.Run(Demo, 200, seed: 3).Known());
        Assert.NotEqual(first, cell.Run(Demo, 200, seed: 4).Known());
    }

    /// <summary>Deadlines and times to retry are those of the clock.</summary>
    [Fact]
    public void DeadlinesPassInVirtualTime()
    {
        var settings = new SimulationSettings
        {
            Limits = new() { MaxSequences = 1, MaxRowsPerStep = 1024, MaxPositions = 2048 },
            Queue = new QueueOptions { MaxWaiting = 1 },
        };
        using var simulation = new Simulation(Demo, StepTables.H200, settings);
        RecordedRequest recorded = Plan.Recorded[1];
        VirtualRequest request = new(recorded, VirtualWay.Autoregressive);
        simulation.Clock.At(TimeSpan.FromHours(1), () => simulation.Send(request));
        simulation.Clock.At(TimeSpan.FromHours(1), () => simulation.Send(
            request with { Deadline = TimeSpan.FromMilliseconds(100) }));
        simulation.Clock.At(TimeSpan.FromHours(1), () => simulation.Send(request));
        IReadOnlyList<VirtualAnswer> answers = simulation.Run();
        Assert.Null(answers[0].Error);
        Assert.Equal(request.Alone(StepTables.H200), answers[0].Whole);
        Assert.IsType<RequestDeadlineException>(answers[1].Error);
        Assert.IsType<EngineOverloadedException>(answers[2].Error);
    }
}
