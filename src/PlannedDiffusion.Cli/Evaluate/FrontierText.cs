using System.Globalization;
using System.Net;
using System.Text;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>The frontier as a table: as text, CSV, Markdown or HTML.</summary>
internal static class FrontierText
{
    private static readonly string[] Columns =
    [
        "cell", "decoder", "answers", "failed", "cut", "facts_right", "facts_total", "share", "low", "high",
        "mean_seconds", "median_seconds", "p95_seconds", "mean_passes", "mean_plan_passes", "mean_denoise_passes",
        "mean_tokens", "tokens_per_pass", "pass_ratio", "time_ratio", "best_for_latency", "best_for_passes",
    ];

    public static void Write(TextWriter writer, FrontierReport report)
    {
        var table = new TextTable(
            "cell", "facts right>", "95 %>", "passes>", "plan>", "denoise>", "tokens>", "tokens/pass>", "median ms>",
            "p95 ms>", "passes x>", "time x>", "frontier");
        foreach (FrontierCell cell in report.Cells)
        {
            table.Add(
                cell.Name,
                Share(cell),
                cell.FactsTotal == 0 ? "" : Interval(cell),
                Text(cell.MeanPasses, "0.0"),
                Text(cell.MeanPlanPasses, "0.0"),
                Text(cell.MeanDenoisePasses, "0.0"),
                Text(cell.MeanTokens, "0.0"),
                Text(cell.TokensPerPass, "0.00"),
                Text(1e3 * cell.MedianSeconds, "0.0"),
                Text(1e3 * cell.P95Seconds, "0.0"),
                Text(cell.PassRatio, "0.00"),
                Text(cell.TimeRatio, "0.00"),
                Best(cell));
        }

        table.Write(writer);
        if (Areas(report) is { } areas) writer.WriteLine(areas);
        foreach (FrontierCell cell in report.Cells.Where(cell => cell.Failed + cell.Cut > 0))
            writer.WriteLine($"{cell.Name}: {cell.Failed} without an answer, {cell.Cut} cut by a limit");
        foreach (string failure in Failures(report.Cells)) writer.WriteLine(failure);
    }

    /// <summary>One line for each cell that has prompts without an answer, with the reason of the first.</summary>
    public static IEnumerable<string> Failures(IEnumerable<FrontierCell> cells) => cells
        .Where(cell => cell.Failed > 0)
        .Select(cell => $"{cell.Name} failed for {cell.Failed} of {cell.Answers}; " +
            VisibleText.OneLine((cell.Failure ?? "").ReplaceLineEndings(" ")));

    public static string Csv(IReadOnlyList<FrontierCell> cells)
    {
        var csv = new StringBuilder(string.Join(',', Columns)).Append('\n');
        foreach (FrontierCell c in cells)
        {
            object?[] values =
            [
                c.Name, c.Decoder, c.Answers, c.Failed, c.Cut, c.FactsRight, c.FactsTotal,
                .. c.FactsTotal == 0 ? (object?[])[null, null, null] : [c.Share, c.Low, c.High],
                c.MeanSeconds, c.MedianSeconds, c.P95Seconds, c.MeanPasses, c.MeanPlanPasses, c.MeanDenoisePasses,
                c.MeanTokens, c.TokensPerPass, c.PassRatio, c.TimeRatio,
                c.BestForLatency ? 1 : 0, c.BestForPasses ? 1 : 0,
            ];
            csv.AppendJoin(',', values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));
            csv.Append('\n');
        }

        return csv.ToString();
    }

    public static string Markdown(FrontierReport report)
    {
        var text = new StringBuilder();
        OriginReport origin = report.Origin;
        string commit = origin.Commit[..Math.Min(12, origin.Commit.Length)];
        string machine = $"{origin.Processor}, {origin.Threads} threads, {report.Device}";
        text.Append(CultureInfo.InvariantCulture, $"""
            {report.PromptCount} prompts of `{report.Prompts}`, {machine}, {origin.Date:yyyy-MM-dd}, commit {commit}:

            | cell | facts right | 95 % | passes | plan | denoise | tokens/pass | median ms | passes x | time x |
            |---|---|---|---|---|---|---|---|---|---|

            """);
        foreach (FrontierCell c in report.Cells)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| `{c.Name}` | {Share(c)} | {Interval(c)} | {c.MeanPasses:0.0} | {c.MeanPlanPasses:0.0} | ").Append(
                CultureInfo.InvariantCulture,
                $"{c.MeanDenoisePasses:0.0} | {c.TokensPerPass:0.00} | {1e3 * c.MedianSeconds:0.0} | ").Append(
                CultureInfo.InvariantCulture, $"{c.PassRatio:0.00} | {c.TimeRatio:0.00} |\n");
        }

        if (Areas(report) is { } areas) text.Append('\n').Append(areas).Append('\n');
        foreach (string failure in Failures(report.Cells))
            text.Append('\n').Append(failure.Replace("|", "\\|", StringComparison.Ordinal)).Append('\n');
        return text.ToString();
    }

    /// <summary>A self-contained HTML page with the figure and the table.</summary>
    public static string Html(FrontierReport report, string? svg)
    {
        var page = new StringBuilder();
        page.Append($$"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>Quality and latency: {{Encoded(report.Prompts)}}</title>
            <style>
            body { font-family: sans-serif; margin: 2rem auto; max-width: 62rem; color: #222; background: #fff; }
            table { border-collapse: collapse; } th, td { padding: .25rem .6rem; border-bottom: 1px solid #ddd; }
            td + td, th + th { text-align: right; } svg { max-width: 100%; height: auto; }
            </style></head><body>
            <h1>Quality and latency</h1>
            <p>{{report.PromptCount}} prompts of {{Encoded(report.Prompts)}}; {{Encoded(report.Model.Name)}},
            {{Encoded(report.Origin.Processor)}}, {{report.Origin.Threads}} threads, {{Encoded(report.Device)}},
            {{report.Origin.Date.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}} UTC,
            commit {{Encoded(report.Origin.Commit)}}. Facts of one answer are not independent, so the intervals are
            somewhat too narrow.</p>
            {{svg}}
            <table><thead><tr><th>cell</th><th>facts right</th><th>95 %</th><th>passes</th><th>plan</th><th>denoise</th>
            <th>tokens</th><th>tokens/pass</th><th>median ms</th><th>p95 ms</th><th>passes x</th><th>time x</th>
            </tr></thead><tbody>

            """);
        foreach (FrontierCell c in report.Cells)
        {
            string[] values =
            [
                Encoded(c.Name), Share(c), Interval(c), Text(c.MeanPasses, "0.0"), Text(c.MeanPlanPasses, "0.0"),
                Text(c.MeanDenoisePasses, "0.0"), Text(c.MeanTokens, "0.0"), Text(c.TokensPerPass, "0.00"),
                Text(1e3 * c.MedianSeconds, "0.0"), Text(1e3 * c.P95Seconds, "0.0"),
                Text(c.PassRatio, "0.00"), Text(c.TimeRatio, "0.00"),
            ];
            page.Append("<tr>").AppendJoin("", values.Select(value => $"<td>{value}</td>")).Append("</tr>\n");
        }

        page.Append("</tbody></table>\n");
        if (Areas(report) is { } areas) page.Append("<p>").Append(Encoded(areas)).Append("</p>\n");
        foreach (string failure in Failures(report.Cells)) page.Append("<p>").Append(Encoded(failure)).Append("</p>\n");
        return page.Append("</body></html>\n").ToString();
    }

    /// <summary>Accuracy under parallelism of each system; null if no facts are expected.</summary>
    private static string? Areas(FrontierReport report) => report.Systems.Count == 0 ? null
        : "Accuracy under parallelism: " + string.Join(", ", report.Systems.Select(system =>
            $"{system.Decoder} {Text(system.AccuracyUnderParallelism, "0")}"));

    private static string Share(FrontierCell cell) =>
        cell.FactsTotal == 0 ? "" : $"{Text(100 * cell.Share, "0.0")} %";

    private static string Interval(FrontierCell cell) =>
        cell.FactsTotal == 0 ? "" : $"{Text(100 * cell.Low, "0.0")}..{Text(100 * cell.High, "0.0")}";

    private static string Best(FrontierCell cell) => (cell.BestForLatency, cell.BestForPasses) switch
    {
        (true, true) => "time, passes",
        (true, false) => "time",
        (false, true) => "passes",
        _ => "",
    };

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);

    private static string Text(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "";
}
