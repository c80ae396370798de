using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PlannedDiffusion.Server.Endpoints;
using PlannedDiffusion.Server.Metrics;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.Server.Page;

namespace PlannedDiffusion.Server;

/// <summary>An OpenAI-compatible server in an application of ASP.NET Core.</summary>
public static class PlannedDiffusionServer
{
    /// <summary>
    /// Adds what the endpoints need. The models are those of <c>AddPlannedDiffusion</c>, each under its own name.
    /// </summary>
    /// <param name="services">The services of the application.</param>
    /// <param name="configure">Changes the options.</param>
    public static IServiceCollection AddPlannedDiffusionServer(
        this IServiceCollection services, Action<PlannedDiffusionServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new PlannedDiffusionServerOptions();
        configure?.Invoke(options);
        options.Validate();
        ServerParts.AddTo(services, options);
        return services;
    }

    /// <summary>
    /// Maps all endpoints: <c>/v1/…</c>, <c>/health/…</c>, <c>/metrics</c>, <c>/admin/drain</c>, and a page at
    /// <c>/</c>, unless the application has one there. Each checks hosts and keys by itself. Other paths below these
    /// answer 404 or 405 as an error object.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="everyPath">True to answer all other paths of the application in this way, too.</param>
    public static IEndpointRouteBuilder MapPlannedDiffusion(
        this IEndpointRouteBuilder endpoints, bool everyPath = false)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        IServiceProvider services = endpoints.ServiceProvider;
        var map = new EndpointMap(endpoints, services.GetRequiredService<Door>());
        var completions = services.GetRequiredService<CompletionEndpoints>();
        var responses = services.GetRequiredService<ResponsesEndpoints>();
        var planned = services.GetRequiredService<PlannedStreamEndpoints>();
        var models = services.GetRequiredService<ModelEndpoints>();
        var health = services.GetRequiredService<HealthEndpoints>();
        var admin = services.GetRequiredService<AdminEndpoints>();
        map.Post("/v1/chat/completions", Access.Keyed, completions.ChatAsync);
        map.Post("/v1/completions", Access.Keyed, completions.CompletionAsync);
        map.Post("/v1/responses", Access.Keyed, responses.AnswerAsync);
        map.Post("/v1/planned/stream", Access.Keyed, planned.StreamAsync);
        map.Get("/v1/models", Access.Keyed, models.ListAsync);
        map.Get("/v1/models/{**id}", Access.Keyed, models.GetAsync); // a name may have slashes
        map.Get("/v1/loads", Access.Keyed, admin.LoadsAsync);
        map.Get("/health/live", Access.Open, health.LiveAsync);
        map.Get("/health/ready", Access.Open, health.ReadyAsync);
        RequestDelegate scrape = Scraping.Writer(endpoints);
        map.Get("/metrics", Access.Open, (http, _) => scrape(http));
        map.Get("/openapi/v1.json", Access.Open, OpenApiEndpoint.GetAsync);
        map.Post("/admin/drain", Access.Admin, admin.DrainAsync);
        foreach ((string path, RequestDelegate handle) in PageEndpoints.Routes)
            map.Get(path, Access.Open, (http, _) => handle(http), order: 1); // behind the application's own pages
        map.Rest(everyPath);
        return endpoints;
    }
}
