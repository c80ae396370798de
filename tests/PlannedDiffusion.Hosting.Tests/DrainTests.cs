using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.Hosting.Tests.Hosts;

namespace PlannedDiffusion.Hosting.Tests;

/// <summary>What becomes of requests when the host stops, and what health checks say of busy and hung engines.
/// </summary>
public sealed class DrainTests
{
    private readonly ManualTime _time = new();
    private readonly List<GatedRunner> _loaded = [];

    private GatedRunner Runner => _loaded[^1];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadinessEndsFirstThenNewRequestsAreRefusedAndRunningOnesEnd()
    {
        using IHost host = await Started();
        EngineSupervisor supervisor = host.Supervisor();
        PlannedDiffusionEngine engine = supervisor.Engine!;
        IChatClient client = host.Services.GetRequiredService<IChatClient>();
        Assert.Equal((true, true), await host.Health()); // somebody depends on the readiness
        Task<GenerationResult> running = engine.CompleteAsync(Some(), Cancellation);
        await Runner.StepArrives(Cancellation);

        Task stop = host.StopAsync(Cancellation);
        Assert.Equal(EngineState.Draining, supervisor.State);
        Assert.Equal((true, false), await host.Health());
        Task<ChatResponse> late = client.GetResponseAsync("What is gold?", null, Cancellation); // still taken
        Assert.False(engine.Status.IsDraining);
        _time.Advance(Second);
        Assert.True(engine.Status.IsDraining);
        Assert.Throws<EngineDrainingException>(
            () => { _ = client.GetResponseAsync("What is gold?", null, Cancellation); });
        Assert.False(stop.IsCompleted);
        Runner.Permit(1000);
        Assert.NotEmpty((await running).Tokens);
        Assert.NotEmpty((await late).Text);
        await stop;
        Assert.Equal((EngineState.Stopped, null, true), (supervisor.State, supervisor.Engine, Runner.Disposed));
        var refusal = Assert.Throws<EngineUnavailableException>(
            () => { _ = client.GetResponseAsync("What is gold?", null, Cancellation); });
        Assert.Equal("The model demo is being stopped.", refusal.Message);
    }

    [Fact]
    public async Task NobodyWaitsForALoadBalancerThatIsNotThere()
    {
        using IHost host = await Started();
        await host.StopAsync(Cancellation); // on a clock that stands still
        Assert.True(Runner.Disposed);
    }

    [Fact]
    public async Task WhatIsLeftAfterTheTimeToDrainEnds()
    {
        using IHost host = await Started();
        Task<GenerationResult> running = host.Supervisor().Engine!.CompleteAsync(Some(1000), Cancellation);
        await Runner.StepArrives(Cancellation);
        Task stop = host.StopAsync(Cancellation);
        Assert.Equal(EngineState.Draining, host.Supervisor().State);
        _time.Advance(20 * Second);
        Runner.Permit();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
        await stop;
        Assert.True(Runner.Disposed);
    }

    [Fact]
    public async Task AHostWithoutMoreTimeEndsRequestsAtOnce()
    {
        using IHost host = await Started();
        Task<GenerationResult> running = host.Supervisor().Engine!.CompleteAsync(Some(1000), Cancellation);
        await Runner.StepArrives(Cancellation);
        using var noTime = new CancellationTokenSource();
        Task stop = host.StopAsync(noTime.Token);
        await noTime.CancelAsync();
        Runner.Permit();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
        await Record.ExceptionAsync(() => stop);
        Assert.Equal(EngineState.Stopped, host.Supervisor().State);
    }

    [Fact]
    public async Task TimesToDrainDoNotAddUp()
    {
        var runners = new List<GatedRunner>();
        using IHost host = With(
            _time, services => services.AddPlannedDiffusion("a", Use).AddPlannedDiffusion("b", Use));
        await host.StartAsync(Cancellation);
        EngineSupervisors all = host.Services.GetRequiredService<EngineSupervisors>();
        foreach (EngineSupervisor supervisor in all) await supervisor.WaitAsync(Cancellation);
        Task[] running = [.. all.Select(one => one.Engine!.CompleteAsync(Some(1000), Cancellation))];
        Task stop = host.StopAsync(Cancellation);
        Assert.All(all, supervisor => Assert.Equal(EngineState.Draining, supervisor.State));
        _time.Advance(20 * Second); // once for both
        foreach (GatedRunner runner in runners) runner.Permit();
        foreach (Task request in running) await Assert.ThrowsAsync<ObjectDisposedException>(() => request);
        await stop;

        void Use(PlannedDiffusionSettings settings)
        {
            UseDemo(settings);
            settings.Wrap(inner =>
            {
                lock (runners) runners.Add(new GatedRunner(inner, permits: 0));
                return runners[^1];
            });
        }
    }

    [Fact]
    public async Task ABusyEngineIsReadyAndAHungOneIsNotAlive()
    {
        using IHost host = await Started();
        EngineSupervisor supervisor = host.Supervisor();
        Task<GenerationResult>[] many =
            [.. Enumerable.Range(0, 20).Select(_ => supervisor.Engine!.CompleteAsync(Some(), Cancellation))];
        await Runner.StepArrives(Cancellation);
        Assert.Equal((true, true), await host.Health());
        Assert.True(supervisor.Engine!.Status.Waiting > 0);
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((true, true), await host.Health());
        _time.Advance(Second);
        Assert.Equal((false, true), await host.Health());
        Assert.Equal("demo is ready, its step 121.0 s old.", (await host.Check("live")).Description);
        Runner.Permit(10_000);
        await Task.WhenAll(many);
        Assert.Equal((true, true), await host.Health());
    }

    /// <summary>A step that never ends must not keep the process from ending.</summary>
    [Fact]
    public async Task AHungEngineDoesNotHoldUpTheEnd()
    {
        using IHost host = await Started();
        EngineSupervisor supervisor = host.Supervisor();
        _ = supervisor.Engine!.CompleteAsync(Some(), Cancellation);
        await Runner.StepArrives(Cancellation);
        Task stop = host.StopAsync(Cancellation);
        _time.Advance(20 * Second);
        await supervisor.Reaches(EngineState.Stopped, Cancellation);
        Assert.False(stop.IsCompleted);
        await Until(() => _time.Timers > 0); // the time for disposal runs
        _time.Advance(5 * Second);
        await stop;
        Assert.False(Runner.Disposed);
        Runner.Permit(1000);
        await Runner.WhenDisposed.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task AHostMayDrainByItself()
    {
        using IHost host = await Started();
        EngineSupervisor supervisor = host.Supervisor();
        Runner.Permit(1000);
        Task<GenerationResult> running = supervisor.Engine!.CompleteAsync(Some(), Cancellation);
        Assert.True(await supervisor.DrainAsync(cancellationToken: Cancellation));
        Assert.NotEmpty((await running).Tokens);
        Assert.Equal(EngineState.Draining, supervisor.State);
        Assert.True(await supervisor.DrainAsync(Second, Cancellation));
        await host.StopAsync(Cancellation);
        Assert.True(await supervisor.DrainAsync(Second, Cancellation));
    }

    private async Task<IHost> Started()
    {
        IHost host = WithDemo(_time, settings =>
            settings.Wrap(inner =>
            {
                _loaded.Add(new GatedRunner(inner, permits: 0));
                return Runner;
            }));
        await host.StartAsync(Cancellation);
        await host.Supervisor().WaitAsync(Cancellation);
        return host;
    }

    private static async Task Until(Func<bool> holds)
    {
        while (!holds()) await Task.Yield();
    }
}
