using System.Diagnostics.Metrics;

namespace PlannedDiffusion.Hosting;

/// <summary>The meter of the engine, with what its supervisor counts.</summary>
internal static class HostingTelemetry
{
    private static readonly Meter Meter = new("PlannedDiffusion");

    private static readonly Counter<long> Restarts = Meter.CreateCounter<long>(
        "planned_diffusion.engine.restarts", "{restart}", "Engines loaded again after a failure.");

    /// <summary>An engine is loaded again.</summary>
    public static void CountRestart(string model) =>
        Restarts.Add(1, new KeyValuePair<string, object?>("model", model));
}
