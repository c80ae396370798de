using System.Globalization;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Bench.Virtual;

/// <summary>How a request of a simulation is decoded: planned at a steps ratio, or one token at a time.</summary>
/// <param name="Name">Its name in tables: ar, or the ratio; rec for the recorded numbers of steps.</param>
/// <param name="MostArrivals">Planned only while fewer requests arrived in ten seconds; null for always.</param>
internal readonly record struct VirtualWay(string Name, int? MostArrivals = null)
{
    public static VirtualWay Autoregressive { get; } = new("ar");

    public static VirtualWay Recorded { get; } = new("rec");

    public bool IsAutoregressive => this == Autoregressive;

    /// <summary>The options; null for autoregressive decoding.</summary>
    public PlannedOptions? Planned => IsAutoregressive ? null : new PlannedOptions
    {
        StepsRatio = this == Recorded ? 1 : double.Parse(Name, CultureInfo.InvariantCulture),
        DraftPlans = false, // as the simulated tables have it: a plan's token is a pass
    };

    /// <exception cref="UsageException">The text is none of them.</exception>
    public static VirtualWay Parse(string text)
    {
        if (text == Autoregressive.Name || text == Recorded.Name) return new VirtualWay(text);
        bool isRatio = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double ratio);
        return isRatio && ratio is > 0 and <= 1
            ? new VirtualWay(text)
            : throw new UsageException($"'{text}': expected ar, rec, or a steps ratio such as 0.5");
    }
}
