namespace PlannedDiffusion.Bench.Virtual;

/// <summary>
/// The time of a step by its rows, whatever they are: measured points with straight lines between them. Beyond the last
/// point each row adds as much.
/// </summary>
internal sealed class StepTimes
{
    private const int Known = 4096;

    /// <summary>The numbers of rows that a recorded graph computes; a step is rounded up to one of them.</summary>
    private static readonly int[] Ladder =
    [
        1, 2, 4, 8, 16, 32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024,
    ];

    private readonly (int Rows, double Microseconds)[] _points;
    private readonly double _slope;
    private readonly bool _rounds;
    private readonly TimeSpan[] _times = new TimeSpan[Known + 1];

    /// <param name="name">Its name on the command line.</param>
    /// <param name="source">Where the points come from, for a reader.</param>
    /// <param name="points">Rows and microseconds, in order, from one row on.</param>
    /// <param name="perRow">Microseconds of a row beyond the last point; null for those between the last two.</param>
    /// <param name="rounds">True if rows are rounded up to those of a recorded graph.</param>
    public StepTimes(
        string name, string source, (int Rows, double Microseconds)[] points, double? perRow, bool rounds)
    {
        Name = name;
        Source = source;
        _points = points;
        _slope = perRow ?? Slope(points[^2], points[^1]);
        _rounds = rounds;
        for (int rows = 1; rows <= Known; rows++) _times[rows] = Compute(rows);
    }

    public string Name { get; }

    public string Source { get; }

    /// <summary>
    /// Arrivals in ten seconds up to which a ratio of 0.5 pays; see <see cref="LoadSections.Crossing"/>.
    /// </summary>
    public int MostArrivals { get; init; }

    /// <summary>The device and the shape that were measured; null for those that nobody has.</summary>
    public MeasuredDevice? Device { get; init; }

    /// <summary>The time of a step; zero without rows.</summary>
    public TimeSpan this[int rows] => rows <= Known ? _times[rows] : Compute(rows);

    private TimeSpan Compute(int rows)
    {
        int at = _rounds ? Ladder.FirstOrDefault(bucket => bucket >= rows, rows) : rows;
        int next = Array.FindIndex(_points, point => point.Rows >= at);
        double microseconds = next < 0 ? _points[^1].Microseconds + ((at - _points[^1].Rows) * _slope)
            : _points[next].Rows == at ? _points[next].Microseconds
            : Between(_points[next - 1], _points[next], at);
        return TimeSpan.FromMicroseconds(microseconds);
    }

    private static double Between(
        (int Rows, double Microseconds) first, (int Rows, double Microseconds) second, int rows) =>
        first.Microseconds + ((rows - first.Rows) * Slope(first, second));

    private static double Slope((int Rows, double Microseconds) first, (int Rows, double Microseconds) second) =>
        (second.Microseconds - first.Microseconds) / (second.Rows - first.Rows);
}
