namespace PlannedDiffusion.Bench.Virtual;

/// <summary>Planned answers beside answers of one token at a time, by load.</summary>
internal static class LoadSections
{
    public const string Arrivals = "arrivals", Closed = "closed", Crossings = "crossings";

    private static readonly VirtualWay[] Ways =
        [VirtualWay.Autoregressive, new("1"), new("0.5"), new("0.25")];

    private static readonly double[] Rates = [.1, .3, .6, 1, 1.5, 2, 3, 5, 10, 20];

    private static readonly double[] FineRates =
    [
        .1, .15, .2, .3, .4, .5, .6, .8, 1, 1.2, 1.5, 1.8, 2.2, 2.6, 3, 3.6, 4.3, 5.2, 6.2, 7.5, 9, 11,
    ];

    private static readonly int[] Clients = [1, 2, 4, 8, 16, 32, 64];

    /// <summary>By requests a second.</summary>
    public static IEnumerable<SimulationRow> ByArrivals(SimulationPlan plan, StepTimes times) =>
        from rate in Rates
        from way in Ways
        where way.IsAutoregressive || rate * way.Planned!.StepsRatio < 3 // more is more than any table can do
        select plan.Row(Cell(plan, times, way) with { Rate = rate });

    /// <summary>By clients that always have a request open.</summary>
    public static IEnumerable<SimulationRow> ByClients(SimulationPlan plan, StepTimes times) =>
        from clients in Clients
        from way in Ways
        select plan.Row(Cell(plan, times, way) with { Section = Closed, Clients = clients });

    /// <summary>From which load on planning is worse than one token at a time.</summary>
    public static IEnumerable<SimulationRow> Paying(SimulationPlan plan, StepTimes times)
    {
        foreach (VirtualWay way in Ways.Where(way => !way.IsAutoregressive))
        {
            double[] alone = [.. new[] { VirtualWay.Autoregressive, way }.Select(one =>
                LoadSummary.Mean(plan.RunOnce(Cell(plan, times, one) with { Clients = 1 }))["whole"]!.Value)];
            yield return new SimulationRow(Crossings, times.Name, way.Name, "from answers/s")
            {
                Numbers = new[]
                {
                    ("alone", alone[0] / alone[1]),
                    ("whole", Crossing(plan, times, way, "whole")),
                    ("whole99", Crossing(plan, times, way, "whole99")),
                }.Where(number => double.IsFinite(number.Item2)).ToDictionary(),
            };
        }
    }

    /// <summary>
    /// Requests a second from which on a number is larger than that of one token at a time: between the last rate where
    /// it is smaller and the first where it is not, on the line through the logarithms of the ratios. 0 if it is never
    /// smaller, infinite if always.
    /// </summary>
    public static double Crossing(SimulationPlan plan, StepTimes times, VirtualWay way, string number)
    {
        double before = 0, ratioBefore = 0;
        foreach (double rate in FineRates)
        {
            double[] both = [.. new[] { way, VirtualWay.Autoregressive }.Select(one =>
                LoadSummary.Mean(plan.RunOnce(Cell(plan, times, one) with { Rate = rate }))[number]!.Value)];
            double ratio = Math.Log(both[0] / both[1]);
            if (ratio > 0)
                return before == 0 ? 0 : before * Math.Pow(rate / before, -ratioBefore / (ratio - ratioBefore));
            (before, ratioBefore) = (rate, ratio);
        }

        return double.PositiveInfinity;
    }

    private static VirtualCell Cell(SimulationPlan plan, StepTimes times, VirtualWay way) =>
        new(Arrivals, times, way.Name, plan.Decoded(way));
}
