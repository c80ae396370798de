using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PlannedDiffusion.Server.Metrics;

/// <summary>
/// What OpenTelemetry's conventions for generative AI ask of a server, with their buckets. The engine has a meter of
/// its own. No tag has text of a request.
/// </summary>
internal sealed class ServerMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "PlannedDiffusion.Server";

    private readonly Histogram<double> _duration, _firstToken, _perToken;

    public ServerMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Create(MeterName);
        _duration = meter.CreateHistogram(
            "gen_ai.server.request.duration", "s", "Time of a request, from its arrival to the end of its answer.",
            advice: Buckets(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92));
        _firstToken = meter.CreateHistogram(
            "gen_ai.server.time_to_first_token", "s", "Time to the first text of a streamed answer.",
            advice: Buckets(
                0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10));
        _perToken = meter.CreateHistogram(
            "gen_ai.server.time_per_output_token", "s", "Time of a streamed answer after its first text, per token.",
            advice: Buckets(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5));
    }

    /// <summary>Records a request that has ended.</summary>
    public void Record(RequestMeasure measure)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", measure.Operation },
            { "gen_ai.provider.name", "planned_diffusion" },
            { "gen_ai.request.model", measure.Model },
            { "gen_ai.response.model", measure.Model },
        };
        if (measure.FirstText is { } first) _firstToken.Record(first.TotalSeconds, tags);
        if (measure.PerToken is { } each) _perToken.Record(each.TotalSeconds, tags);
        if (measure.Error is { } error) tags.Add("error.type", error);
        _duration.Record(measure.Duration.TotalSeconds, tags);
    }

    private static InstrumentAdvice<double> Buckets(params double[] bounds) =>
        new() { HistogramBucketBoundaries = bounds };
}
