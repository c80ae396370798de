using System.Globalization;
using System.Net;
using System.Text;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>Draws quality against latency and against passes, side by side, as one SVG.</summary>
internal static class FrontierFigure
{
    private const int Width = 980, Height = 560, Gap = 86;
    private const int Left = 64, Top = 66, PlotWidth = 390, PlotHeight = 416;
    private const double LetterWidth = 6.4;

    private static readonly Dictionary<string, string> Colours = new()
    {
        ["planned"] = "#0b6e4f",
        ["sparse"] = "#0b6e4f",
        ["dense"] = "#2f7fc1",
        ["ar"] = "#c0392b",
        ["diffusion"] = "#8e5bb5",
        ["fast-dllm"] = "#c77700",
    };

    public static string Svg(string title, IReadOnlyList<FrontierCell> cells)
    {
        var svg = new StringBuilder();
        svg.Append(Invariant($"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" role="img" font-family="sans-serif"
             font-size="12">
            <title>{WebUtility.HtmlEncode(title)}</title>
            <rect width="{Width}" height="{Height}" fill="#ffffff"/>
            <text x="{Left}" y="20" font-size="14" font-weight="bold">{WebUtility.HtmlEncode(title)}</text>

            """));
        double at = Left;
        foreach (string decoder in cells.Where(cell => cell.FactsTotal > 0).Select(cell => cell.Decoder).Distinct())
        {
            string colour = Colour(decoder);
            svg.Append(Invariant($"""
                <rect x="{at}" y="32" width="9" height="9" fill="{colour}"/>
                <text x="{at + 14}" y="41" fill="{colour}">{decoder}</text>

                """));
            at += 34 + (LetterWidth * decoder.Length);
        }

        const int Second = Left + PlotWidth + Gap;
        Panel[] panels =
        [
            new(svg, Left, "latency of an answer, mean, seconds", c => c.MeanSeconds, c => c.BestForLatency),
            new(svg, Second, "passes one after the other, mean", c => c.MeanPasses, c => c.BestForPasses),
        ];
        foreach (Panel panel in panels) panel.Draw(cells);
        svg.Append(Invariant($"""
            <text x="{Left}" y="{Height - 12}" fill="#666666">bars: 95 % Wilson intervals · line: cells that no other
            beats in both · horizontal axes are logarithmic · names where there is room, else on hovering</text>
            </svg>

            """));
        return svg.ToString();
    }

    private static string Colour(string decoder) => Colours.GetValueOrDefault(decoder, "#333333");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Panel(
        StringBuilder svg, int left, string label, Func<FrontierCell, double> cost, Func<FrontierCell, bool> isBest)
    {
        private readonly List<(double X, double Y, double Width, double Height)> _taken = [];
        private double _from, _to, _floor;

        public void Draw(IReadOnlyList<FrontierCell> cells)
        {
            FrontierCell[] drawn = [.. cells.Where(cell => cell.FactsTotal > 0 && cost(cell) > 0)];
            if (drawn.Length == 0) return;
            _floor = Math.Floor(5 * drawn.Min(cell => cell.Low)) / 5;
            _from = Math.Log(drawn.Min(cost) / 1.25);
            _to = Math.Log(drawn.Max(cost) * 1.9); // room for names at the right
            Axes();
            FrontierCell[] best = [.. drawn.Where(isBest).OrderBy(cost)];
            string line = string.Join(' ', best.Select(cell => Invariant($"{X(cell):0.#},{Y(cell.Share):0.#}")));
            Add($"""<polyline points="{line}" fill="none" stroke="#999999" stroke-dasharray="5 4"/>""");
            foreach (FrontierCell cell in drawn) Point(cell);
            // There may not be room for all names. The frontier goes first, then decoders with few cells.
            foreach (FrontierCell cell in drawn.OrderByDescending(isBest)
                .ThenBy(cell => drawn.Count(other => other.Decoder == cell.Decoder)))
                Name(cell);
        }

        private void Axes()
        {
            int step = _floor < 0.3 ? 20 : 10;
            for (int percent = (int)Math.Round(100 * _floor); percent <= 100; percent += step)
            {
                double y = Y(percent / 100.0);
                Add($"""<line x1="{left}" x2="{left + PlotWidth}" y1="{y:0.#}" y2="{y:0.#}" stroke="#e4e4e4"/>""");
                Add($"""<text x="{left - 8}" y="{y + 4:0.#}" text-anchor="end" fill="#444444">{percent} %</text>""");
            }

            foreach (double tick in Ticks())
            {
                double x = At(tick);
                Add($"""<line x1="{x:0.#}" x2="{x:0.#}" y1="{Top}" y2="{Top + PlotHeight}" stroke="#efefef"/>""");
                Add($"""
                    <text x="{x:0.#}" y="{Top + PlotHeight + 17}" text-anchor="middle">{tick:0.####}</text>
                    """);
            }

            Add($"""
                <rect x="{left}" y="{Top}" width="{PlotWidth}" height="{PlotHeight}" fill="none" stroke="#888888"/>
                """);
            Add($"""
                <text x="{left + (PlotWidth / 2)}" y="{Top + PlotHeight + 36}" text-anchor="middle">{label}</text>
                """);
            Add($"""<text x="{left}" y="{Top - 8}">facts right</text>""");
        }

        private IEnumerable<double> Ticks()
        {
            double[] steps = _to - _from > Math.Log(30) ? [1, 3] : [1, 2, 5];
            for (int power = -4; power < 6; power++)
            {
                foreach (double step in steps)
                {
                    double tick = step * Math.Pow(10, power);
                    if (Math.Log(tick) > _from && Math.Log(tick) < _to) yield return tick;
                }
            }
        }

        private void Point(FrontierCell cell)
        {
            double x = X(cell), y = Y(cell.Share);
            string colour = Colour(cell.Decoder);
            Add($"""
                <line x1="{x:0.#}" x2="{x:0.#}" y1="{Y(cell.Low):0.#}" y2="{Y(cell.High):0.#}" stroke="{colour}"
                 opacity="0.6"/>
                """);
            Add($"""
                <circle cx="{x:0.#}" cy="{y:0.#}" r="4.5" fill="{colour}"><title>{cell.Name}: {cell.FactsRight} of
                {cell.FactsTotal} facts, {100 * cell.Share:0.0} % [{100 * cell.Low:0.0}, {100 * cell.High:0.0}],
                {cell.MeanPasses:0.0} passes, {cell.MeanSeconds:0.000} s</title></circle>
                """);
            _taken.Add((x - 5, y - 5, 10, 10));
        }

        /// <summary>Writes the name near the point, if there is room. The colour shows the decoder.</summary>
        private void Name(FrontierCell cell)
        {
            string name = cell.Name.Length > cell.Decoder.Length ? cell.Name[(cell.Decoder.Length + 1)..] : cell.Name;
            double x = X(cell), y = Y(cell.Share), width = LetterWidth * name.Length;
            IEnumerable<(double X, double Y)> places =
                from step in Enumerable.Range(0, 3)
                from atX in (double[])[x + 8, x - 8 - width]
                from atY in (double[])[y + 4 + (13 * step), y + 4 - (13 * step)]
                where atX >= left && atX + width <= left + PlotWidth && atY <= Top + PlotHeight && atY - 11 >= Top
                where !_taken.Any(box =>
                    atX < box.X + box.Width && box.X < atX + width && atY - 11 < box.Y + box.Height && box.Y < atY)
                select (atX, atY);
            if (places.Take(1).ToArray() is not [(double textX, double textY)]) return;
            _taken.Add((textX, textY - 11, width, 13));
            Add($"""<text x="{textX:0.#}" y="{textY:0.#}" fill="{Colour(cell.Decoder)}">{name}</text>""");
        }

        private double X(FrontierCell cell) => At(cost(cell));

        private double At(double value) => left + (PlotWidth * (Math.Log(value) - _from) / (_to - _from));

        private double Y(double share) => Top + (PlotHeight * (1 - share) / (1 - _floor));

        private void Add(FormattableString line) => svg.Append(Invariant(line)).Append('\n');
    }
}
