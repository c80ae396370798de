using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PlannedDiffusion.Diagnostics;

/// <summary>Meter and activity source, both called <c>PlannedDiffusion</c>; free without a listener.</summary>
public static class EngineTelemetry
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "PlannedDiffusion";

    private static readonly Meter Meter = new(Name);
    private static readonly ActivitySource Source = new(Name);

    private static readonly Counter<long> Passes =
        Meter.CreateCounter<long>("planned_diffusion.passes", "{pass}", "Forward passes that a request took part in.");

    private static readonly Counter<long> Rows =
        Meter.CreateCounter<long>("planned_diffusion.rows", "{row}", "Rows computed.");

    private static readonly Counter<long> Tokens =
        Meter.CreateCounter<long>("planned_diffusion.tokens", "{token}", "New tokens of completed requests.");

    private static readonly Histogram<double> Duration =
        Meter.CreateHistogram<double>("planned_diffusion.request.duration", "s", "Time of a request.");

    internal static Activity? StartRequest(string decoder)
    {
        Activity? activity = Source.StartActivity("generate");
        return activity?.SetTag("decoder", decoder);
    }

    internal static void CountPass(string stage, int rows)
    {
        Passes.Add(1, new KeyValuePair<string, object?>("stage", stage));
        Rows.Add(rows, new KeyValuePair<string, object?>("stage", stage));
    }

    internal static void CountRequest(string decoder, int tokens, TimeSpan time)
    {
        Tokens.Add(tokens, new KeyValuePair<string, object?>("decoder", decoder));
        Duration.Record(time.TotalSeconds, new KeyValuePair<string, object?>("decoder", decoder));
    }
}
