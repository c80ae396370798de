using System.Diagnostics.Metrics;
using PlannedDiffusion.Diagnostics;

namespace PlannedDiffusion.Engine;

/// <summary>The gauges of one engine. They cost nothing until somebody reads them.</summary>
internal sealed class EngineGauges : IDisposable
{
    private readonly Meter _meter = new(EngineTelemetry.Name);
    private readonly Func<EngineStatus> _status;
    private readonly KeyValuePair<string, object?>[] _tags;

    /// <param name="status">The state at a moment.</param>
    /// <param name="model">The value of the tag <c>model</c>; null for no tag.</param>
    public EngineGauges(Func<EngineStatus> status, string? model)
    {
        _status = status;
        _tags = model is null ? [] : [new("model", model)];
        Gauge("requests.running", "{request}", "Requests that run.", one => one.Running);
        Gauge("requests.waiting", "{request}", "Requests that wait.", one => one.Waiting);
        Gauge("kv.usage", "1", "Share of keys and values that is reserved.", Share);
        Gauge("step.age", "s", "Age of the step under way.", one => one.StepAge.TotalSeconds);
    }

    public void Dispose() => _meter.Dispose();

    private void Gauge<T>(string name, string unit, string description, Func<EngineStatus, T> value)
        where T : struct => _meter.CreateObservableGauge(
            $"planned_diffusion.{name}", () => new Measurement<T>(value(_status()), _tags), unit, description);

    private static double Share(EngineStatus status) => status.KeyValuesUsed / (double)status.KeyValuesTotal;
}
