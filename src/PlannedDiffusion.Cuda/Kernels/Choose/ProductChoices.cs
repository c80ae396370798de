using System.Collections.Immutable;
using PlannedDiffusion.Cuda.Kernels.Launch;

namespace PlannedDiffusion.Cuda.Kernels.Choose;

/// <summary>
/// Chooses the lines of a table from measured times of products. A product is measured alone, so the choice adds what
/// it costs its neighbours in a step.
/// </summary>
internal static class ProductChoices
{
    /// <summary>
    /// The cost of each plane beyond the first, which the next kernel must add: a quarter of the time of a load,
    /// because four loads are in flight together.
    /// </summary>
    private const double PlaneMicroseconds = 0.15;

    /// <summary>
    /// The cost of cuBLAS if kernels overlap, because its kernels wait for the previous one to end. Our products gained
    /// this much by overlapping in steps on an H200: 1.3 us with one row and 1.9 us with 128.
    /// </summary>
    private const double OverlapMicroseconds = 2;

    /// <summary>
    /// Chooses the fastest line for each number of rows. Up to <see cref="GemvKernel.MaxRows"/> rows share one line,
    /// the fastest on average over the measured numbers of rows.
    /// </summary>
    /// <param name="shape">The shape of the products.</param>
    /// <param name="measured">
    /// Candidates as lines of a table, with their times. Each number of rows needs one of our kernels. Up to 8 rows one
    /// of our kernels must have been measured with every number.
    /// </param>
    /// <param name="overlaps">True if kernels of a step may overlap on the device.</param>
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
            // If more rows have the same choice, they share the line.
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
