using System.Collections.Immutable;
using PlannedDiffusion.Cuda.Kernels.Launch;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>
/// Chooses, for a table, among the measured ways to compute a product. Alone, with the device to itself, each is
/// measured without what it costs its neighbours in a step; that is added.
/// </summary>
internal static class ProductChoices
{
    /// <summary>
    /// For each plane beyond the first, which the next kernel has to add up: a fourth of the time of a load, as four
    /// are under way together.
    /// </summary>
    private const double PlaneMicroseconds = 0.15;

    /// <summary>
    /// For cuBLAS, where kernels of ours begin before the one before them has ended and those of cuBLAS do not: what
    /// a product of ours gains by that in a step of an H200, 1.3 us with one row and 1.9 us with 128.
    /// </summary>
    private const double OverlapMicroseconds = 2;

    /// <summary>
    /// Up to <see cref="GemvKernel.MaxRows"/> rows there is one line: the way that is cheapest for the numbers of rows
    /// that were measured taken together.
    /// </summary>
    /// <param name="shape">Of all of them.</param>
    /// <param name="measured">
    /// Ways, as a table says them, and times; for each number of rows one of ours at least, and for few rows one that
    /// was measured with each of their numbers.
    /// </param>
    /// <param name="overlaps">Kernels of a step may overlap on the device.</param>
    public static ProductLines Choose(
        ProductShape shape, IEnumerable<(ProductLine Way, double Microseconds)> measured, bool overlaps)
    {
        var lines = ImmutableArray.CreateBuilder<ProductLine>();
        foreach (var ofRows in measured.GroupBy(one => LineRows(one.Way)).OrderBy(group => group.Key))
        {
            int numbers = ofRows.Select(one => one.Way.Rows).Distinct().Count();
            (ProductLine Way, double Cost)[] ways =
            [
                .. ofRows.GroupBy(one => one.Way with { Rows = ofRows.Key })
                    .Where(way => way.Select(one => one.Way.Rows).Distinct().Count() == numbers)
                    .Select(way => (way.Key, way.Average(Cost))),
            ];
            ProductLine own = ways.Where(way => way.Way.CuBlasRows == 0).MinBy(way => way.Cost).Way;
            ProductLine line = own with { CuBlasRows = ways.MinBy(way => way.Cost).Way.CuBlasRows };
            // What is chosen again for more rows needs no line of its own.
            if (lines.Count > 0 && lines[^1] with { Rows = line.Rows } == line) lines[^1] = line;
            else lines.Add(line);
        }

        return new ProductLines(shape, lines.ToImmutable());

        static int LineRows(ProductLine way) => Math.Max(way.Rows, GemvKernel.MaxRows);

        double Cost((ProductLine Way, double Microseconds) one) => one.Microseconds
            + PlaneMicroseconds * ((one.Way.Tiling?.Splits ?? 1) - 1)
            + (overlaps && one.Way.CuBlasRows > 0 ? OverlapMicroseconds : 0);
    }
}
