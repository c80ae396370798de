using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using PlannedDiffusion.Hosting;
using PlannedDiffusion.Server.Auth;
using PlannedDiffusion.Server.Endpoints;
using PlannedDiffusion.Server.Metrics;
using PlannedDiffusion.Server.Models;
using PlannedDiffusion.Server.Options;

namespace PlannedDiffusion.Server;

/// <summary>The parts of the server, put together in one place and without reflection.</summary>
internal static class ServerParts
{
    public static void AddTo(IServiceCollection services, PlannedDiffusionServerOptions options)
    {
        services.AddRouting();
        Scraping.AddTo(services);
        services.AddHealthChecks();
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(MakeModels);
        services.AddSingleton(MakeDoor);
        services.AddSingleton<ServerMetrics>();
        services.AddSingleton<RequestLog>();
        services.AddSingleton<AnswerRunner>();
        services.AddSingleton<CompletionEndpoints>();
        services.AddSingleton<ResponsesEndpoints>();
        services.AddSingleton<PlannedStreamEndpoints>();
        services.AddSingleton<ModelEndpoints>();
        services.AddSingleton<HealthEndpoints>();
        services.AddSingleton<AdminEndpoints>();
    }

    private static ServedModels MakeModels(IServiceProvider services)
    {
        long now = services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeSeconds();
        ServedModel[] models = [.. services.GetRequiredService<EngineSupervisors>()
            .Select(supervisor => new ServedModel(supervisor, now))];
        return models.Length > 0 ? new ServedModels(models) : throw new InvalidOperationException(
            "The server has no model; call AddPlannedDiffusion.");
    }

    private static Door MakeDoor(IServiceProvider services)
    {
        var options = services.GetRequiredService<PlannedDiffusionServerOptions>();
        return new Door(
            new Visitors(options.AllowedHosts, options.AllowAnonymous), new Origins(options.AllowedOrigins),
            new ApiKeys(options.ApiKeys), new ApiKeys(options.AdminKey is { } key ? [key] : []),
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<RequestLog>());
    }
}
