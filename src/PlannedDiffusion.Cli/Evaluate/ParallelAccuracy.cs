namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>
/// Accuracy under parallelism: one number for a system, the area under its curve of accuracy over tokens per pass. An
/// accuracy y, in percent, is weighted as y · min(exp(-3 (1 - y / best)), 1), where best is that of all systems.
/// </summary>
internal static class ParallelAccuracy
{
    private const double Decay = 3, MostLost = 0.05;

    /// <summary>The area of each system, in the cells' order; empty if no facts are expected.</summary>
    public static IReadOnlyList<SystemArea> Of(IReadOnlyList<FrontierCell> cells)
    {
        FrontierCell[] measured = [.. cells.Where(cell => cell.FactsTotal > 0)];
        double best = measured.Select(cell => cell.Share).DefaultIfEmpty().Max();
        return [.. measured.GroupBy(cell => cell.Decoder).Select(system => Of(system.Key, [.. system], best))];
    }

    private static SystemArea Of(string decoder, FrontierCell[] cells, double best)
    {
        double least = cells.MinBy(cell => cell.TokensPerPass)!.Share - MostLost;
        FrontierCell[] points = [.. cells
            .Where(cell => cell.Share >= least)
            .Where(cell => !cells.Any(other => Frontier.Beats(other, cell, c => -c.TokensPerPass)))
            .OrderBy(cell => cell.TokensPerPass)];
        double area = 0, before = 0, height = Weighted(points[0].Share, best); // level up to the first point
        foreach (FrontierCell point in points)
        {
            double next = Weighted(point.Share, best);
            area += (point.TokensPerPass - before) * (height + next) / 2;
            (before, height) = (point.TokensPerPass, next);
        }

        return new SystemArea(decoder, area, [.. points.Select(point => point.Name)]);
    }

    private static double Weighted(double share, double best) =>
        share == 0 ? 0 : 100 * share * Math.Min(Math.Exp(-Decay * (1 - (share / best))), 1);
}
