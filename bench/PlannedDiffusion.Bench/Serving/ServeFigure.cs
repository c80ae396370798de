using System.Globalization;
using System.Net;
using System.Text;

namespace PlannedDiffusion.Bench.Serving;

/// <summary>Draws answers a second and latency against clients, side by side, as one SVG.</summary>
internal static class ServeFigure
{
    private const int Width = 980, Height = 440, Left = 70, Top = 76, PlotWidth = 380, PlotHeight = 280, Gap = 100;

    private static readonly string[] Colours = ["#c0392b", "#0b6e4f", "#2f7fc1", "#8e5bb5"];

    private static readonly int[] Steps = [1, 2, 5]; // between powers of ten

    public static string Svg(string title, ServeReport report)
    {
        var svg = new StringBuilder();
        svg.Append(Invariant($"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" role="img" font-family="sans-serif"
             font-size="12">
            <title>{WebUtility.HtmlEncode(title)}</title>
            <rect width="{Width}" height="{Height}" fill="#ffffff"/>
            <text x="{Left}" y="20" font-size="14" font-weight="bold">{WebUtility.HtmlEncode(title)}</text>

            """));
        string[] ways = [.. report.Cells.Select(cell => cell.Way).Distinct()];
        int at = Left;
        foreach ((int index, string way) in ways.Index())
        {
            string name = Name(report, way);
            svg.Append(Invariant($"""
                <rect x="{at}" y="34" width="9" height="9" fill="{Colours[index % Colours.Length]}"/>
                <text x="{at + 14}" y="43" fill="{Colours[index % Colours.Length]}">{WebUtility.HtmlEncode(name)}</text>

                """));
            at += 40 + (int)(6.2 * name.Length);
        }

        Panel(svg, Left, "answers a second (dashed: good ones)", report, ways,
            cell => cell.AnswersPerSecond, cell => cell.GoodAnswersPerSecond);
        Panel(svg, Left + PlotWidth + Gap, "whole answer, seconds: p50 (dashed: p99)", report, ways,
            cell => cell.Whole.P50, cell => cell.Whole.P99);
        svg.Append(Invariant($"""
            <text x="{Left}" y="{Height - 10}" fill="#666666">good: at most twice the time alone, one token at a time ·
            all axes are logarithmic</text>
            </svg>

            """));
        return svg.ToString();
    }

    /// <summary>A way, and from which load on it stops paying.</summary>
    private static string Name(ServeReport report, string way) =>
        !report.PlanningPaysBelow.TryGetValue(way, out int? pays) ? way : pays switch
        {
            null => $"{way}: pays at every load",
            0 => $"{way}: never pays here",
            _ => $"{way}: stops paying at {pays} clients",
        };

    private static void Panel(
        StringBuilder svg, int left, string label, ServeReport report, string[] ways,
        Func<ServeCellReport, double> line, Func<ServeCellReport, double> dashed)
    {
        ServeCellReport[] cells = [.. report.Cells];
        double[] values = [.. cells.SelectMany(cell => new[] { line(cell), dashed(cell) }).Where(value => value > 0)];
        double low = Math.Log(values.Min() / 1.2), high = Math.Log(values.Max() * 1.2);
        double first = Math.Log(cells.Min(cell => cell.Clients));
        double last = Math.Log(cells.Max(cell => cell.Clients) + 0.01);
        foreach (int clients in cells.Select(cell => cell.Clients).Distinct())
        {
            double x = X(clients);
            Add($"""<line x1="{x:0.#}" x2="{x:0.#}" y1="{Top}" y2="{Top + PlotHeight}" stroke="#eee"/>""");
            Add($"""<text x="{x:0.#}" y="{Top + PlotHeight + 17}" text-anchor="middle">{clients}</text>""");
        }

        foreach (double tick in Ticks(low, high))
        {
            double y = Y(tick);
            Add($"""<line x1="{left}" x2="{left + PlotWidth}" y1="{y:0.#}" y2="{y:0.#}" stroke="#e4e4e4"/>""");
            Add($"""<text x="{left - 8}" y="{y + 4:0.#}" text-anchor="end" fill="#444">{tick:0.####}</text>""");
        }

        Add($"""<rect x="{left}" y="{Top}" width="{PlotWidth}" height="{PlotHeight}" fill="none" stroke="#888"/>""");
        Add($"""<text x="{left + (PlotWidth / 2)}" y="{Top + PlotHeight + 36}" text-anchor="middle">clients</text>""");
        Add($"""<text x="{left}" y="{Top - 8}">{label}</text>""");
        foreach ((int index, string way) in ways.Index())
        {
            ServeCellReport[] own = [.. cells.Where(cell => cell.Way == way).OrderBy(cell => cell.Clients)];
            string colour = Colours[index % Colours.Length];
            Add($"""<polyline points="{Points(own, line)}" fill="none" stroke="{colour}" stroke-width="2"/>""");
            Add($"""<polyline points="{Points(own, dashed)}" fill="none" stroke="{colour}" stroke-dasharray="4 4"/>""");
        }

        double X(int clients) => left + (PlotWidth * (Math.Log(clients) - first) / Math.Max(0.01, last - first));
        double Y(double value) => Top + PlotHeight - (PlotHeight * (Math.Log(value) - low) / (high - low));
        string Points(ServeCellReport[] own, Func<ServeCellReport, double> number) => string.Join(' ', own
            .Where(cell => number(cell) > 0).Select(cell => Invariant($"{X(cell.Clients):0.#},{Y(number(cell)):0.#}")));
        void Add(FormattableString text) => svg.Append(Invariant(text)).Append('\n');
    }

    private static IEnumerable<double> Ticks(double low, double high) =>
        from power in Enumerable.Range(-5, 10)
        from step in Steps
        let tick = step * Math.Pow(10, power)
        where Math.Log(tick) > low && Math.Log(tick) < high
        select tick;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
