using System.Globalization;

namespace PlannedDiffusion.Cli.Shared.Streams;

/// <summary>Numbers as readable text with units.</summary>
internal static class Units
{
    /// <summary>Bytes with about three digits: <c>5.55 MiB</c>.</summary>
    public static string Bytes(long bytes) => Scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);

    /// <summary>A count: <c>1.54 G</c>.</summary>
    public static string Count(long count) => Scaled(count, 1000, ["", "k", "M", "G", "T"]).TrimEnd();

    private static string Scaled(double value, double step, string[] units)
    {
        int unit = 0;
        for (; value >= step && unit + 1 < units.Length; unit++) value /= step;
        string format = unit == 0 ? "0" : value < 10 ? "0.00" : value < 100 ? "0.0" : "0";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {units[unit]}";
    }
}
