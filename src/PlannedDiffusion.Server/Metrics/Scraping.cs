using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;

namespace PlannedDiffusion.Server.Metrics;

/// <summary>The metrics of engine, host and server for Prometheus.</summary>
internal static class Scraping
{
    private static readonly string[] Meters =
    [
        "PlannedDiffusion", ServerMetrics.MeterName, "System.Runtime",
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel",
    ];

    /// <summary>Collects the meters.</summary>
    public static void AddTo(IServiceCollection services) => services.AddOpenTelemetry().WithMetrics(metrics => metrics
        .AddMeter(Meters)
        .AddPrometheusExporter());

    /// <summary>What writes them.</summary>
    public static RequestDelegate Writer(IEndpointRouteBuilder endpoints)
    {
        IApplicationBuilder pipeline = endpoints.CreateApplicationBuilder();
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(_ => true);
        return pipeline.Build();
    }
}
