using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Hosting;

/// <summary>Adds models to a container.</summary>
public static class PlannedDiffusionServices
{
    /// <summary>
    /// Adds a model: <see cref="EngineSupervisor"/>, <see cref="IChatClient"/> and
    /// <see cref="PlannedDiffusionEngine"/> as singletons, and the health checks <c>planned_diffusion.live</c> and
    /// <c>planned_diffusion.ready</c> with the tags <c>live</c> and <c>ready</c>. The section <c>PlannedDiffusion</c>
    /// of the configuration is bound to the settings. A further call only adds to them.
    /// <para>
    /// The host loads the model in the background and does not wait. Resolving the engine waits, and gives the first
    /// one: after a failure that one stays broken, while the client and <see cref="EngineSupervisor.Engine"/> are
    /// those of the next engine.
    /// </para>
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the settings that the configuration gave.</param>
    public static IServiceCollection AddPlannedDiffusion(
        this IServiceCollection services, Action<PlannedDiffusionSettings>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return services.Add(new SupervisedModel(null), configure);
    }

    /// <summary>
    /// Adds a model under a key, as one of several: keyed services, the section <c>PlannedDiffusion:KEY</c>, and the
    /// health checks <c>planned_diffusion.KEY.live</c> and <c>.ready</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The service key.</param>
    /// <param name="configure">Changes the settings that the configuration gave.</param>
    public static IServiceCollection AddPlannedDiffusion(
        this IServiceCollection services, string key, Action<PlannedDiffusionSettings>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        return services.Add(new SupervisedModel(key), configure);
    }

    private static IServiceCollection Add(
        this IServiceCollection services, SupervisedModel model, Action<PlannedDiffusionSettings>? configure)
    {
        string name = model.Name;
        if (!services.Any(service => model.Equals(service.ImplementationInstance)))
        {
            services.AddShared();
            services.AddSingleton(model);
            services.AddSettings(name);
            services.AddModel(model);
            services.AddChecks(model);
        }

        if (configure is not null) services.Configure(name, configure);
        return services;
    }

    /// <summary>What all models share.</summary>
    private static void AddShared(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SupervisionService>());
        services.TryAddSingleton(provider => new EngineSupervisors(
            [.. provider.GetServices<SupervisedModel>().Select(model => model.Supervisor(provider))]));
    }

    private static void AddSettings(this IServiceCollection services, string name)
    {
        services.AddSingleton<IConfigureOptions<PlannedDiffusionSettings>>(
            provider => new SettingsBinding(name, provider));
        services.AddSingleton<IValidateOptions<PlannedDiffusionSettings>>(new SettingsValidation(name));
        services.AddOptions<PlannedDiffusionSettings>(name).ValidateOnStart();
    }

    private static void AddModel(this IServiceCollection services, SupervisedModel model)
    {
        services.Add(Singleton(provider => Supervise(provider, model)));
        services.Add(Singleton<IChatClient>(provider => new SupervisedChatClient(model.Supervisor(provider))));
        // Who wants the engine itself has to wait for it. The container disposes what it gives: once more than the
        // supervisor does, at the same end.
        services.Add(Singleton(provider => model.Supervisor(provider).WaitAsync().GetAwaiter().GetResult()));

        ServiceDescriptor Singleton<T>(Func<IServiceProvider, T> make)
            where T : class => model.Key is null
            ? ServiceDescriptor.Singleton(make)
            : ServiceDescriptor.KeyedSingleton(model.Key, (provider, _) => make(provider));
    }

    private static void AddChecks(this IServiceCollection services, SupervisedModel model)
    {
        string prefix = model.Key is null ? "planned_diffusion" : $"planned_diffusion.{model.Key}";
        IHealthChecksBuilder checks = services.AddHealthChecks();
        Add(EngineHealthCheck.Live, isReadiness: false);
        Add(EngineHealthCheck.Ready, isReadiness: true);

        void Add(string kind, bool isReadiness) => checks.Add(new HealthCheckRegistration(
            $"{prefix}.{kind}", provider => new EngineHealthCheck(model.Supervisor(provider), isReadiness),
            HealthStatus.Unhealthy, [kind]));
    }

    private static EngineSupervisor Supervise(IServiceProvider services, SupervisedModel model)
    {
        PlannedDiffusionSettings settings =
            services.GetRequiredService<IOptionsMonitor<PlannedDiffusionSettings>>().Get(model.Name);
        IHostApplicationLifetime? lifetime = services.GetService<IHostApplicationLifetime>();
        return new EngineSupervisor(
            model.Key, settings, services.GetRequiredService<TimeProvider>(),
            services.GetService<ILogger<EngineSupervisor>>() ?? NullLogger<EngineSupervisor>.Instance,
            giveUp: () =>
            {
                if (settings.StopHostOnFailure) lifetime?.StopApplication();
            });
    }
}
