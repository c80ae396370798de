using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Hub;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.Hosting.Tests.Hosts;

namespace PlannedDiffusion.Hosting.Tests;

/// <summary>Models load while the host starts, and what fails then is a state.</summary>
public sealed class LoadingTests
{
    private readonly ManualTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TheHostStartsWithoutTheModelAndRequestsWaitForIt()
    {
        using var gate = new SemaphoreSlim(0);
        using IHost host = WithDemo(_time, settings => settings.Wrap(runner =>
        {
            gate.Wait(Cancellation);
            return runner;
        }));
        await host.StartAsync(Cancellation);
        EngineSupervisor supervisor = host.Supervisor();
        Assert.Equal((EngineState.Loading, null, "demo"), (supervisor.State, supervisor.Engine, supervisor.ModelName));
        Assert.Equal((true, false), await host.Health());
        IChatClient client = host.Services.GetRequiredService<IChatClient>();
        Task<ChatResponse> response = client.GetResponseAsync("What is gold?", cancellationToken: Cancellation);
        Task<ChatResponse> streamed = client.GetStreamingResponseAsync("What is gold?", null, Cancellation)
            .ToChatResponseAsync(Cancellation);
        using var gone = new CancellationTokenSource();
        Task<ChatResponse> left = client.GetResponseAsync("What is gold?", null, gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.Null(client.GetService<PlannedDiffusionEngine>());
        Assert.Equal("demo", client.GetService<ChatClientMetadata>()!.DefaultModelId);

        gate.Release();
        PlannedDiffusionEngine engine = await supervisor.WaitAsync(Cancellation);
        Assert.Same(engine, supervisor.Engine);
        Assert.Equal(supervisor.Progress.Total, supervisor.Progress.Done);
        Assert.True(supervisor.Progress.Total > 0);
        Assert.Equal((true, true), await host.Health());
        Assert.NotEmpty((await response).Text);
        Assert.Equal((await response).Text, (await streamed).Text);
        Assert.Equal("demo", (await response).ModelId);
        Assert.Same(engine, client.GetService<PlannedDiffusionEngine>());
        Assert.Same(supervisor, client.GetService<EngineSupervisor>());
        Assert.Same(client, client.GetService<IChatClient>());
        Assert.Null(client.GetService(typeof(IChatClient), "key"));
    }

    [Fact]
    public async Task WhoDoesNotWantToWaitIsRefused()
    {
        using var gate = new SemaphoreSlim(0);
        using IHost host = WithDemo(_time, settings =>
        {
            settings.WaitWhileLoading = false;
            settings.Wrap(runner =>
            {
                gate.Wait(Cancellation);
                return runner;
            });
        });
        await host.StartAsync(Cancellation);
        IChatClient client = host.Services.GetRequiredService<IChatClient>();
        var refusal = Assert.Throws<EngineUnavailableException>(
            () => { _ = client.GetResponseAsync("What is gold?", null, Cancellation); });
        Assert.Equal((EngineState.Loading, "The model demo is being loaded."), (refusal.State, refusal.Message));
        Assert.InRange(refusal.RetryAfter.TotalSeconds, 1, 60);
        Assert.Throws<EngineUnavailableException>(
            () => client.GetStreamingResponseAsync("What is gold?", null, Cancellation));
        gate.Release();
        await host.Supervisor().WaitAsync(Cancellation);
        await client.GetResponseAsync("What is gold?", null, Cancellation);
    }

    [Fact]
    public async Task AModelThatIsMissingIsAStateWithItsReason()
    {
        using IHost host = WithDemo(_time, settings => settings.Model = "no such folder");
        await host.StartAsync(Cancellation);
        EngineSupervisor supervisor = host.Supervisor();
        await supervisor.Reaches(EngineState.Faulted, Cancellation);
        Assert.Equal((true, 0, null), (supervisor.HasGivenUp, supervisor.Restarts, supervisor.Engine));
        Assert.Equal(60, supervisor.RetryAfter.TotalSeconds);
        Assert.IsType<HubException>(supervisor.Failure);
        Assert.Equal((false, false), await host.Health());
        HealthReportEntry ready = await host.Check("ready");
        Assert.Equal(
            "no such folder is faulted: no such folder: no such folder", ready.Description);
        Assert.Same(supervisor.Failure, ready.Exception);
        var refusal = await Assert.ThrowsAsync<EngineUnavailableException>(() => supervisor.WaitAsync(Cancellation));
        Assert.Equal((EngineState.Faulted, supervisor.Failure), (refusal.State, refusal.InnerException));
        IChatClient client = host.Services.GetRequiredService<IChatClient>();
        Assert.Throws<EngineUnavailableException>(
            () => { _ = client.GetResponseAsync("What is gold?", null, Cancellation); });
        Assert.Throws<EngineUnavailableException>(() => host.Services.GetRequiredService<PlannedDiffusionEngine>());
        Assert.Equal(0, _time.Timers); // nothing is tried again
        await host.StopAsync(Cancellation);
        Assert.Equal(EngineState.Stopped, supervisor.State);
    }

    [Fact]
    public async Task AHostMayStopInstead()
    {
        using IHost host = WithDemo(_time, settings =>
        {
            settings.Model = "no such folder";
            settings.StopHostOnFailure = true;
        });
        await host.StartAsync(Cancellation);
        await host.WaitForShutdownAsync(Cancellation);
        Assert.IsType<HubException>(host.Supervisor().Failure);
    }

    [Fact]
    public async Task AModelThatIsLoadedTooLateIsDisposed()
    {
        using var gate = new SemaphoreSlim(0);
        var loaded = new TaskCompletionSource<GatedRunner>();
        using IHost host = WithDemo(_time, settings => settings.Wrap(runner =>
        {
            gate.Wait(Cancellation);
            var late = new GatedRunner(runner);
            loaded.SetResult(late);
            return late;
        }));
        await host.StartAsync(Cancellation);
        await host.StopAsync(Cancellation); // does not wait
        Assert.Equal(EngineState.Stopped, host.Supervisor().State);
        gate.Release();
        await (await loaded.Task).WhenDisposed.WaitAsync(Cancellation);
        Assert.Null(host.Supervisor().Engine);
        var refusal = await Assert.ThrowsAsync<EngineUnavailableException>(
            () => host.Supervisor().WaitAsync(Cancellation));
        Assert.Equal(EngineState.Stopped, refusal.State);
    }

    /// <summary>A program with a container and no host: the first who asks begins to load.</summary>
    [Fact]
    public async Task WithoutAHostTheModelLoadsWhenItIsAskedFor()
    {
        await using ServiceProvider services = new ServiceCollection().AddPlannedDiffusion(UseDemo)
            .BuildServiceProvider();
        PlannedDiffusionEngine engine = services.GetRequiredService<PlannedDiffusionEngine>();
        Assert.NotEmpty((await engine.CompleteAsync(Some(), Cancellation)).Tokens);
        Assert.Same(engine, services.GetRequiredService<EngineSupervisor>().Engine);
    }

    [Fact]
    public async Task TheContainerDisposesTheEngineThatItGave()
    {
        GatedRunner? runner = null;
        ServiceProvider services = new ServiceCollection()
            .AddPlannedDiffusion(settings =>
            {
                UseDemo(settings);
                settings.Wrap(inner => runner = new GatedRunner(inner));
            })
            .BuildServiceProvider();
        PlannedDiffusionEngine engine = services.GetRequiredService<PlannedDiffusionEngine>();
        using (IServiceScope scope = services.CreateScope())
            Assert.Same(engine, scope.ServiceProvider.GetRequiredService<PlannedDiffusionEngine>());
        Assert.NotEmpty((await engine.CompleteAsync(Some(), Cancellation)).Tokens); // the scope left it alone
        services.Dispose();
        Assert.True(runner!.Disposed);
        services.Dispose();
    }

    [Fact]
    public async Task SeveralModelsLiveInOneProcess()
    {
        using IHost host = With(_time, services => services
            .AddPlannedDiffusion(UseDemo)
            .AddPlannedDiffusion("other", settings =>
            {
                UseDemo(settings);
                settings.ModelName = "other";
                settings.ConfigureClient(options => options with { Generation = Some(3).Options });
            })
            .AddPlannedDiffusion("broken", settings => settings.Model = "no such folder"));
        await host.StartAsync(Cancellation);
        EngineSupervisors all = host.Services.GetRequiredService<EngineSupervisors>();
        Assert.Equal([null, "other", "broken"], all.Select(supervisor => supervisor.Key));
        await all[2].Reaches(EngineState.Faulted, Cancellation);
        IChatClient other = host.Services.GetRequiredKeyedService<IChatClient>("other");
        ChatResponse response = await other.GetResponseAsync("What is gold?", null, Cancellation);
        Assert.Equal(("other", 3L), (response.ModelId, response.Usage!.OutputTokenCount));
        Assert.NotSame(
            host.Services.GetRequiredService<PlannedDiffusionEngine>(),
            host.Services.GetRequiredKeyedService<PlannedDiffusionEngine>("other"));
        Assert.Same(all[1], host.Services.GetRequiredKeyedService<EngineSupervisor>("other"));
        Assert.Equal(HealthStatus.Healthy, (await host.Check("ready")).Status);
        Assert.Equal(HealthStatus.Healthy, (await host.Check("other.ready")).Status);
        Assert.Equal(HealthStatus.Unhealthy, (await host.Check("broken.ready")).Status);
        Task stop = host.StopAsync(Cancellation);
        _time.Advance(Second); // somebody has asked for the readiness
        await stop;
        Assert.All(all, supervisor => Assert.Equal(EngineState.Stopped, supervisor.State));
    }
}
