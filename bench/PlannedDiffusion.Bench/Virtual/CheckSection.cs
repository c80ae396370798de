using PlannedDiffusion.Cli.Shared.Requests;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>
/// Is the simulation right? Each recorded request alone, planned and one token at a time, as
/// <c>pd-bench cuda replay</c> measures them.
/// </summary>
internal static class CheckSection
{
    public const string Name = "check";

    public static IEnumerable<SimulationRow> Rows(SimulationPlan plan, StepTimes times)
    {
        VirtualAnswer[] planned = Alone(plan, times, new VirtualWay("1"));
        VirtualAnswer[] single = Alone(plan, times, VirtualWay.Autoregressive);
        double plannedTime = Sum(planned), singleTime = Sum(single);
        yield return new SimulationRow(Name, times.Name, Path.GetFileNameWithoutExtension(plan.WorkloadPath), "alone")
        {
            Numbers = new Dictionary<string, double>
            {
                ["planned"] = plannedTime,
                ["ar"] = singleTime,
                ["ratio"] = singleTime / plannedTime,
                ["passRatio"] = (double)single.Sum(one => one.Passes) / planned.Sum(one => one.Passes),
                ["rowsPlanned"] = planned.Average(one => (double)one.Rows),
                ["rowsAr"] = single.Average(one => (double)one.Rows),
            },
        };
    }

    /// <summary>Answers to all recorded requests, one after the other.</summary>
    public static VirtualAnswer[] Alone(SimulationPlan plan, StepTimes times, VirtualWay way)
    {
        using var simulation = new Simulation(plan.Tokenizer, times, new SimulationSettings());
        var requests = new Queue<RecordedRequest>(RecordedRequest.Read(plan.WorkloadPath));
        simulation.Clock.At(TimeSpan.Zero, Next);
        return [.. simulation.Run()];

        void Next()
        {
            if (requests.TryDequeue(out RecordedRequest? recorded))
                simulation.Send(new VirtualRequest(recorded, way) { Ended = Next });
        }
    }

    private static double Sum(VirtualAnswer[] answers) => answers.Sum(answer => answer.Whole.TotalSeconds);
}
