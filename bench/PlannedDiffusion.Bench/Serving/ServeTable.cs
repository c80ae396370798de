using System.Globalization;
using System.Text;

namespace PlannedDiffusion.Bench.Serving;

/// <summary>Writes the result as a table for a page.</summary>
internal static class ServeTable
{
    public static string Markdown(ServeReport report)
    {
        var text = new StringBuilder();
        text.Append("| clients | way | answers/s | good | plan p50 | first text p50 | end p50 | p95 | p99 |\n");
        text.Append("|---|---|---|---|---|---|---|---|---|\n");
        foreach (ServeCellReport cell in report.Cells)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {cell.Clients} | {cell.Way} | {cell.AnswersPerSecond:0.0} ");
            text.Append(CultureInfo.InvariantCulture, $"| {cell.GoodAnswersPerSecond:0.0} | {Text(cell.Plan?.P50)} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Text(cell.First.P50)} | {Text(cell.Whole.P50)} ");
            text.Append(CultureInfo.InvariantCulture, $"| {Text(cell.Whole.P95)} | {Text(cell.Whole.P99)} |\n");
        }

        text.Append('\n');
        foreach ((string way, int? pays) in report.PlanningPaysBelow)
            text.Append(CultureInfo.InvariantCulture, $"- {way}: {Verdict(pays)}\n");
        return text.ToString();
    }

    /// <summary>From which load on a way stops paying, in words.</summary>
    public static string Verdict(int? pays) => pays switch
    {
        null => "it gives more answers a second at every load.",
        0 => "it never gives more answers a second here.",
        _ => string.Create(
            CultureInfo.InvariantCulture, $"it gives more answers a second up to a load of less than {pays} clients."),
    };

    private static string Text(double? seconds) => seconds is null
        ? "-" : string.Create(CultureInfo.InvariantCulture, $"{1e3 * seconds:0.0} ms");
}
