using System.Globalization;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>
/// Writes the file that <see cref="Engine.AutoOptions"/> reads: the arrivals in ten seconds up to which planning pays.
/// </summary>
internal static class LimitsFile
{
    private const string Head =
        """
        # Arrivals in ten seconds up to which a planned answer takes less time on average than one token at a time.
        # bench/serve --virtual --write writes this file. Fields, by tabs: device, hidden size, layers, preset, steps
        # ratio, arrivals.

        """;

    /// <summary>Writes the crossings of measured devices.</summary>
    public static void Write(string path, IEnumerable<SimulationRow> rows) =>
        File.WriteAllText(path, Head + string.Concat(rows.Select(Line).OfType<string>()));

    /// <summary>The line of a row; null for other rows.</summary>
    public static string? Line(SimulationRow row)
    {
        bool isCrossing = row.Section == LoadSections.Crossings && row.Numbers.ContainsKey("whole");
        if (!isCrossing || StepTables.Find(row.Times).Device is not { } device) return null;
        int arrivals = (int)(10 * row.Numbers["whole"]);
        string[] fields =
        [
            device.Name, Text(device.Config.HiddenSize), Text(device.Config.LayerCount), "published", row.Variant,
            Text(arrivals),
        ];
        return string.Join('\t', fields) + "\n";
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
