using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Hosting.Tests;

/// <summary>Hosts around the demo checkpoint, and what tests ask of them.</summary>
internal static class Hosts
{
    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static string Demo => Repository.PathTo("models", "demo");

    /// <summary>A host with the demo checkpoint on one thread, on a clock that stands still unless a test moves it.
    /// </summary>
    public static IHost WithDemo(TimeProvider clock, Action<PlannedDiffusionSettings>? configure = null) =>
        With(clock, services => services.AddPlannedDiffusion(UseDemo).AddPlannedDiffusion(configure));

    /// <summary>A host with nothing from files or from the environment.</summary>
    public static IHost With(
        TimeProvider clock, Action<IServiceCollection> add, params (string Key, string? Value)[] configuration)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(configuration
            .Where(pair => pair.Key is not null).Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));
        builder.Services.AddSingleton(clock);
        add(builder.Services);
        return builder.Build();
    }

    public static void UseDemo(PlannedDiffusionSettings settings)
    {
        settings.Model = Demo;
        settings.Device = EngineDevice.Cpu;
        settings.Threads = 1;
        settings.ConfigureClient(options => options with { Generation = Some().Options });
    }

    /// <summary>Puts a runner around the one on the CPU, each time an engine is loaded.</summary>
    public static void Wrap<T>(this PlannedDiffusionSettings settings, Func<IModelRunner, T> wrap)
        where T : IModelRunner => settings.ConfigureEngine(options => options with
        {
            RunnerFactory = (weights, runner) => wrap(CpuModelRunner.Create(weights, runner)),
        });

    public static EngineSupervisor Supervisor(this IHost host) =>
        host.Services.GetRequiredService<EngineSupervisor>();

    /// <summary>Waits until a state is reached.</summary>
    public static async Task Reaches(
        this EngineSupervisor supervisor, EngineState wanted, CancellationToken cancellation)
    {
        await foreach (EngineState state in supervisor.WatchAsync(cancellation))
        {
            if (state == wanted) return;
        }
    }

    /// <summary>Waits until an engine is loaded, for the first time or again.</summary>
    public static async Task<PlannedDiffusionEngine> WaitReady(
        this EngineSupervisor supervisor, CancellationToken cancellation)
    {
        await supervisor.Reaches(EngineState.Ready, cancellation);
        return await supervisor.WaitAsync(cancellation);
    }

    /// <summary>What the check with a name says.</summary>
    public static async Task<HealthReportEntry> Check(this IHost host, string name)
    {
        var checks = host.Services.GetRequiredService<HealthCheckService>();
        HealthReport report = await checks.CheckHealthAsync(check => check.Name == $"planned_diffusion.{name}");
        return report.Entries.Values.Single();
    }

    /// <summary>Live and ready.</summary>
    public static async Task<(bool Live, bool Ready)> Health(this IHost host) =>
        ((await host.Check("live")).Status == HealthStatus.Healthy,
            (await host.Check("ready")).Status == HealthStatus.Healthy);

    /// <summary>A short request that ends with its tokens.</summary>
    public static GenerationRequest Some(int tokens = 5) => GenerationRequest.FromUser("What is gold?", new()
    {
        Decoding = new AutoregressiveOptions(),
        MaxNewTokens = tokens,
        Experiment = new() { IgnoreEnd = true },
    });
}
