using System.Diagnostics.Metrics;
using PlannedDiffusion.Diagnostics;

namespace PlannedDiffusion.Engine;

/// <summary>The gauges of one engine. They cost nothing until somebody reads them.</summary>
internal sealed class EngineGauges : IDisposable
{
    private readonly Meter _meter = new(EngineTelemetry.Name);

    public EngineGauges(Func<EngineStatus> status)
    {
        _meter.CreateObservableGauge(
            "planned_diffusion.requests.running", () => status().Running, "{request}", "Requests that run.");
        _meter.CreateObservableGauge(
            "planned_diffusion.requests.waiting", () => status().Waiting, "{request}", "Requests that wait.");
        _meter.CreateObservableGauge(
            "planned_diffusion.kv.usage", () => Share(status()), "1", "Share of keys and values that is reserved.");
        _meter.CreateObservableGauge(
            "planned_diffusion.step.age", () => status().StepAge.TotalSeconds, "s", "Age of the step under way.");
    }

    public void Dispose() => _meter.Dispose();

    private static double Share(EngineStatus status) => status.KeyValuesUsed / (double)status.KeyValuesTotal;
}
