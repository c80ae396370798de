using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>What each rule of the scheduler is worth.</summary>
internal static class RuleSections
{
    public const string Budget = "budget", Order = "order", Prefill = "prefill", Fair = "fair", Auto = "auto";

    private static readonly VirtualWay Planned = new("1"), Half = new("0.5"), Quarter = new("0.25");
    private static readonly SchedulingOptions Strict = new() { PatienceRows = 0 }; // without the exception of rule 5

    private static readonly int[] PromptRows = [32, 64, 128, 256];
    private static readonly double[] ArrivalRates = [.1, .6, 1, 2, 4, 8];

    private static readonly (string Name, SimulationSettings Settings)[] Budgets =
    [
        ("default", new SimulationSettings()),
        ("2 x a step", new SimulationSettings { Scheduling = Strict }),
        ("512 rows", new SimulationSettings { Scheduling = new SchedulingOptions { Patience = TimeSpan.Zero } }),
        ("no budget", new SimulationSettings
        {
            Limits = new RunnerLimits { MaxRowsPerStep = 4096, MaxSequences = 2048, MaxPositions = 4096 },
            Scheduling = Strict with { StretchPerStep = double.PositiveInfinity, MaxRows = 4096 },
        }),
    ];

    private static readonly (string Name, SchedulingOptions Rules)[] Orders =
    [
        ("rounds, first ready first", Strict with { SpansAreUnits = false, OldestFirst = false }),
        ("rounds, oldest request first", Strict with { SpansAreUnits = false }),
        ("spans, first ready first", Strict with { OldestFirst = false }),
        ("spans, oldest request first", Strict),
        ("in turns, 512 rows", new SchedulingOptions
        {
            WritersFirst = false,
            SpansAreUnits = false,
            OldestFirst = false,
            Patience = TimeSpan.Zero,
            MaxPrefillRows = 512,
        }),
    ];

    /// <summary>How many rows a step has while somebody writes token by token.</summary>
    public static IEnumerable<SimulationRow> ByBudget(SimulationPlan plan, StepTimes times)
    {
        foreach ((string name, SimulationSettings settings) in Budgets)
        {
            VirtualCell cell = new(Budget, times, name, plan.Decoded(Planned)) { Settings = settings };
            foreach (double rate in Rates(times, [.3, .8, 1.2, 1.6, 2.0], [.5, 1.2, 1.8, 2.4, 2.9]))
                yield return plan.Row(cell with { Rate = rate });
            foreach (VirtualWay way in new[] { Planned, Quarter })
            {
                yield return plan.Row(
                    cell with { Variant = $"{name}, {way.Name}", Workload = plan.Decoded(way), Clients = 64 });
            }

            VirtualWorkload half = plan.Decoded(Planned, VirtualWay.Autoregressive);
            yield return plan.Row(cell with { Variant = $"{name}, half ar", Workload = half, Clients = 64 });
        }
    }

    /// <summary>Spans or whole rounds, and which come first.</summary>
    public static IEnumerable<SimulationRow> ByOrder(SimulationPlan plan, StepTimes times) =>
        from order in Orders
        from rate in Rates(times, [1.2, 1.6], [2.4])
        select plan.Row(new VirtualCell(Order, times, order.Name, plan.Decoded(Planned))
        {
            Settings = new SimulationSettings { Scheduling = order.Rules },
            Rate = rate,
        });

    /// <summary>The rows of long prompts in a step; half of the answers are not planned.</summary>
    public static IEnumerable<SimulationRow> ByPrefill(SimulationPlan plan, StepTimes times)
    {
        var longer = new VirtualWorkload(
            VirtualWorkload.Read(plan.WorkloadPath, longer: 1000), Planned, VirtualWay.Autoregressive);
        return
            from rows in PromptRows
            from rate in Rates(times, [.3, 1.0], [.5, 1.8])
            select plan.Row(new VirtualCell(Prefill, times, $"{rows} rows", longer)
            {
                Settings = new SimulationSettings { Scheduling = new SchedulingOptions { MaxPrefillRows = rows } },
                Rate = rate,
            });
    }

    /// <summary>A key with a few requests, beside one that always has 32 open.</summary>
    public static IEnumerable<SimulationRow> ByKey(SimulationPlan plan, StepTimes times) =>
        from rules in new SchedulingOptions[] { new() { SharesEvenly = false }, new() }
        select plan.Row(new VirtualCell(
            Fair, times, rules.SharesEvenly ? "fair" : "not fair", plan.Decoded(Planned))
        {
            Settings = new SimulationSettings { Scheduling = rules },
            Rate = .2,
            Clients = 32,
        });

    /// <summary>Planned while few requests arrive.</summary>
    public static IEnumerable<SimulationRow> ByArrivals(SimulationPlan plan, StepTimes times)
    {
        VirtualWay auto = Half with { MostArrivals = times.MostArrivals };
        return
            from rate in ArrivalRates
            from way in new[] { VirtualWay.Autoregressive, Half, auto }
            where way != Half || rate < 5
            select plan.Row(new VirtualCell(
                Auto, times, way == auto ? "auto" : way.Name, plan.Decoded(way))
            {
                Rate = rate,
            });
    }

    private static double[] Rates(StepTimes times, double[] usual, double[] goal) =>
        times == StepTables.H200Goal ? goal : usual;
}
