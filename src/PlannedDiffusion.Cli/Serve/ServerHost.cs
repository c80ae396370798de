using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Resources;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Hosting;
using PlannedDiffusion.Server;
using PlannedDiffusion.Server.Options;

namespace PlannedDiffusion.Cli.Serve;

/// <summary>Runs the server until the command is cancelled, and drains it then.</summary>
internal sealed class ServerHost(ServeSettings settings, Terminal terminal)
{
    private const string Example = """{"messages":[{"role":"user","content":"What is gold?"}]}""";
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Shutdown = TimeSpan.FromSeconds(25);

    /// <summary>How long a cancelled server may take to end.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <exception cref="Exception">The address is taken, or the model cannot be loaded.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await using WebApplication app = Build();
        await app.StartAsync(cancellation);
        try
        {
            foreach (string url in app.Urls) terminal.Out.WriteLine($"listening  {url}");
            await LoadAsync(app, cancellation);
            terminal.Out.Flush();
            await Task.Delay(Timeout.Infinite, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            terminal.Error.WriteLine("draining; once more to end at once");
        }
        finally
        {
            await app.StopAsync(CancellationToken.None);
        }
    }

    private async Task LoadAsync(WebApplication app, CancellationToken cancellation)
    {
        EngineSupervisor supervisor = app.Services.GetRequiredService<EngineSupervisor>();
        PlannedDiffusionEngine engine;
        try
        {
            engine = await supervisor.WaitAsync(cancellation);
        }
        catch (EngineUnavailableException e) when (e.InnerException is { } cause)
        {
            throw cause;
        }

        ModelLoader.Tell(terminal, engine.Notes);
        terminal.Out.WriteLine($"model      {supervisor.ModelName}  ({settings.Model})");
        terminal.Out.WriteLine($"device     {engine.Device}");
        terminal.Out.WriteLine(
            $"memory     {Units.Bytes(Environment.WorkingSet)}, with room for {engine.Limits.MaxSequences} requests of "
            + $"{engine.Limits.MaxPositions} tokens");
        if (app.Urls.FirstOrDefault() is not { } url) return;
        string key = settings.Keys.Count > 0 ? " -H \"authorization: Bearer $KEY\"" : "";
        terminal.Out.WriteLine(
            $"try        curl {url}/v1/chat/completions{key} -H 'content-type: application/json' -d '{Example}'");
    }

    private WebApplication Build()
    {
        // Empty: no files and no variables of the environment that would change it behind the command line.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls([.. settings.Urls])
            .ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.AddProvider(new TerminalLog(terminal));
        builder.Logging.SetMinimumLevel(LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None) // the command says itself why it ends
            .AddFilter("PlannedDiffusion.Hosting", LogLevel.Warning) // and what it serves
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical); // says again what the server says
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Shutdown);
        builder.Services.AddSingleton<IHostLifetime, CommandLifetime>();
        builder.Services.AddPlannedDiffusion(Configure);
        builder.Services.AddPlannedDiffusionServer(Configure);
        if (Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME") is null)
            builder.Services.AddOpenTelemetry().ConfigureResource(service => service.AddService("planned-diffusion"));
        WebApplication app = builder.Build();
        app.MapPlannedDiffusion(everyPath: true);
        return app;
    }

    private void Configure(PlannedDiffusionSettings model)
    {
        model.Model = settings.Model;
        model.ModelName = settings.Name;
        model.Threads = settings.Device.Threads;
        model.MaxWaiting = settings.MaxQueue;
        model.MaxPlanned = settings.MaxActive;
        model.MaxSequences = settings.MaxSequences;
        model.MaxPositions = settings.MaxPositions;
        model.IgnoreTools = settings.IgnoresTools;
        model.DrainTimeout = Drain;
        model.ConfigureEngine(engine =>
        {
            EngineOptions chosen = settings.Device.EngineOptions(engine.Runner.Limits!, engine.Runner.Progress);
            return engine with { RunnerFactory = chosen.RunnerFactory, Runner = chosen.Runner };
        });
    }

    private void Configure(PlannedDiffusionServerOptions server)
    {
        foreach (string key in settings.Keys) server.ApiKeys.Add(key);
        server.AdminKey = settings.AdminKeys is [string admin, ..] ? admin : null;
        server.AllowAnonymous = settings.IsAnonymous;
        foreach (string host in settings.AllHosts) server.AllowedHosts.Add(host);
        foreach (string origin in settings.Origins) server.AllowedOrigins.Add(origin);
        server.Generation = settings.Generation;
        server.Deadline = settings.Deadline;
        server.IgnoreTools = settings.IgnoresTools;
        server.LogContent = settings.LogsContent;
    }
}
