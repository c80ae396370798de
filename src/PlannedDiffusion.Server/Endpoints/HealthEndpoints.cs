using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>
/// <c>/health/live</c> and <c>/health/ready</c>: the checks of the application with these tags. A busy engine is both.
/// </summary>
internal sealed class HealthEndpoints(HealthCheckService checks)
{
    public Task LiveAsync(HttpContext http, RequestOrigin origin) => TellAsync(http, "live");

    public Task ReadyAsync(HttpContext http, RequestOrigin origin) => TellAsync(http, "ready");

    private async Task TellAsync(HttpContext http, string tag)
    {
        HealthReport report = await checks
            .CheckHealthAsync(check => check.Tags.Contains(tag), http.RequestAborted).ConfigureAwait(false);
        bool isBad = report.Status == HealthStatus.Unhealthy;
        http.Response.StatusCode = isBad ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        http.Response.Headers.CacheControl = "no-store";
        if (isBad) http.Response.Headers.RetryAfter = "5";
        var answer = new HealthAnswer(
            report.Status.ToString().ToLowerInvariant(),
            [.. report.Entries.Select(entry => new HealthCheckAnswer(
                entry.Key, entry.Value.Status.ToString().ToLowerInvariant()))]); // descriptions may name folders
        await JsonAnswer.WriteAsync(http, answer, WireJson.Own.HealthAnswer).ConfigureAwait(false);
    }
}
