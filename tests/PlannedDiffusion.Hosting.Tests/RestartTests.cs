using System.Diagnostics.Metrics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.Hosting.Tests.Hosts;

namespace PlannedDiffusion.Hosting.Tests;

/// <summary>An engine that has failed is loaded again, with pauses, and not for ever.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly List<FailingRunner> _runners = [];
    private readonly MeterListener _meters = new();
    private readonly string _name = Guid.NewGuid().ToString();
    private long _counted;

    public RestartTests()
    {
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "planned_diffusion.engine.restarts") listener.EnableMeasurementEvents(instrument);
        };
        _meters.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            if (tags[0] is { Key: "model" } tag && tag.Value as string == _name) Interlocked.Add(ref _counted, count);
        });
        _meters.Start();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task AFailedEngineIsReplacedAndClientsGoOn()
    {
        using IHost host = Breakable();
        await host.StartAsync(Cancellation);
        EngineSupervisor supervisor = host.Supervisor();
        PlannedDiffusionEngine first = await supervisor.WaitAsync(Cancellation);
        PlannedDiffusionEngine given = host.Services.GetRequiredService<PlannedDiffusionEngine>();
        IChatClient client = host.Services.GetRequiredService<IChatClient>();
        string expected = (await client.GetResponseAsync("What is gold?", null, Cancellation)).Text;

        _runners[0].Break();
        await Assert.ThrowsAsync<EngineFaultedException>(
            () => client.GetResponseAsync("What is gold?", null, Cancellation));
        await supervisor.Reaches(EngineState.Faulted, Cancellation);
        Assert.Equal("the device is gone", supervisor.Failure!.Message);
        Assert.Equal((false, null), (supervisor.HasGivenUp, supervisor.Engine));
        Assert.Equal((true, false), await host.Health());
        Assert.Equal(2, supervisor.RetryAfter.TotalSeconds);
        var refusal = Assert.Throws<EngineUnavailableException>(
            () => { _ = client.GetResponseAsync("What is gold?", null, Cancellation); });
        Assert.Equal(
            (EngineState.Faulted, $"The model {_name} has failed: the device is gone"),
            (refusal.State, refusal.Message));

        _time.Advance(Second);
        await supervisor.Reaches(EngineState.Ready, Cancellation);
        Assert.Equal((1, null, 1L), (supervisor.Restarts, supervisor.Failure, _counted));
        Assert.True(_runners[0].Disposed);
        Assert.NotSame(first, supervisor.Engine);
        Assert.Equal((true, true), await host.Health());
        Assert.Equal(expected, (await client.GetResponseAsync("What is gold?", null, Cancellation)).Text);
        // Who was given the engine itself has the old one, as the documentation says.
        Assert.Same(first, given);
        Assert.Same(first, host.Services.GetRequiredService<PlannedDiffusionEngine>());
        Assert.ThrowsAny<InvalidOperationException>(() => { _ = given.CompleteAsync(Some(), Cancellation); });
    }

    [Fact]
    public async Task PausesGrowAndTooManyFailuresAreTheEnd()
    {
        using IHost host = Breakable(settings =>
        {
            settings.MaxRestarts = 3;
            settings.StopHostOnFailure = true;
        });
        await host.StartAsync(Cancellation);
        EngineSupervisor supervisor = host.Supervisor();
        foreach (int pause in new[] { 1, 2, 4 })
        {
            await Fault(supervisor);
            Assert.Equal(pause + 1, supervisor.RetryAfter.TotalSeconds);
            _time.Advance(pause * Second - TimeSpan.FromMilliseconds(1));
            Assert.Equal(EngineState.Faulted, supervisor.State);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.False(supervisor.HasGivenUp);
        await Fault(supervisor);
        Assert.Equal((true, 3, 3L), (supervisor.HasGivenUp, supervisor.Restarts, _counted));
        Assert.Equal((false, false), await host.Health());
        await host.WaitForShutdownAsync(Cancellation);
        Assert.Equal(EngineState.Stopped, supervisor.State);
        Assert.Equal("the device is gone", supervisor.Failure!.Message);
        Assert.All(_runners, runner => Assert.True(runner.Disposed));
    }

    [Fact]
    public async Task RestartsOfLongAgoDoNotCount()
    {
        using IHost host = Breakable(settings => settings.MaxRestarts = 1);
        await host.StartAsync(Cancellation);
        EngineSupervisor supervisor = host.Supervisor();
        for (int i = 1; i <= 3; i++)
        {
            await Fault(supervisor);
            Assert.Equal((false, 2), (supervisor.HasGivenUp, supervisor.RetryAfter.TotalSeconds));
            _time.Advance(Second);
            await supervisor.WaitReady(Cancellation);
            Assert.Equal(i, supervisor.Restarts);
            _time.Advance(TimeSpan.FromMinutes(10));
        }
    }

    [Fact]
    public async Task AFailureToLoadAgainIsTriedAgain()
    {
        int loads = 0;
        using IHost host = Breakable(settings => settings.ConfigureEngine(
            options => Interlocked.Increment(ref loads) == 2 ? throw new IOException("the share is away") : options));
        await host.StartAsync(Cancellation);
        EngineSupervisor supervisor = host.Supervisor();
        await Fault(supervisor);
        IAsyncEnumerator<EngineState> states = supervisor.WatchAsync(Cancellation).GetAsyncEnumerator(Cancellation);
        await Expect(states, EngineState.Faulted);
        _time.Advance(Second);
        await Expect(states, EngineState.Loading);
        await Expect(states, EngineState.Faulted);
        Assert.Equal(("the share is away", 3), (supervisor.Failure!.Message, supervisor.RetryAfter.TotalSeconds));
        _time.Advance(2 * Second);
        await Expect(states, EngineState.Loading);
        await Expect(states, EngineState.Ready);
        Assert.Equal((3, 2), (loads, supervisor.Restarts));
        await host.StopAsync(Cancellation);
        await Expect(states, EngineState.Draining);
        await Expect(states, EngineState.Stopped);
        Assert.False(await states.MoveNextAsync());
    }

    [Fact]
    public async Task AHostThatStopsDoesNotLoadAgain()
    {
        using IHost host = Breakable();
        await host.StartAsync(Cancellation);
        EngineSupervisor supervisor = host.Supervisor();
        await Fault(supervisor);
        await host.StopAsync(Cancellation);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((EngineState.Stopped, 0, 1), (supervisor.State, supervisor.Restarts, _runners.Count));
    }

    private static async Task Expect(IAsyncEnumerator<EngineState> states, EngineState expected)
    {
        Assert.True(await states.MoveNextAsync());
        Assert.Equal(expected, states.Current);
    }

    private IHost Breakable(Action<PlannedDiffusionSettings>? configure = null) => WithDemo(_time, settings =>
    {
        settings.ModelName = _name;
        settings.Wrap<IModelRunner>(inner =>
        {
            _runners.Add(new FailingRunner(inner));
            return _runners[^1];
        });
        configure?.Invoke(settings);
    });

    /// <summary>Breaks the engine that works now.</summary>
    private async Task Fault(EngineSupervisor supervisor)
    {
        PlannedDiffusionEngine engine = await supervisor.WaitReady(Cancellation);
        _runners[^1].Break();
        await Assert.ThrowsAsync<EngineFaultedException>(() => engine.CompleteAsync(Some(), Cancellation));
        await supervisor.Reaches(EngineState.Faulted, Cancellation);
    }
}
