using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Hosting;
using PlannedDiffusion.Server.Tests;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Load.Tests;

/// <summary>
/// What users of other servers met, by the names of what happened and of the reports: health that lies, engines that
/// are dead, hung or called so.
/// </summary>
public sealed class HealthIncidentTests
{
    private readonly ManualTime _time = new();
    private readonly List<FailingRunner> _runners = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>vllm#39863. Health says so, requests are refused with a time, and the engine comes back.</summary>
    [Fact]
    public async Task TheEngineIsDeadAndHttpIsAlive()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(
            model: model => model.MaxRestarts = 1, wrap: Breakable, clock: _time);
        string expected = await (await loaded.ChatAsync(Chats.Body())).TextAsync();
        await Break(loaded);
        Assert.Equal((200, 503), await loaded.HealthAsync());
        await (await loaded.ChatAsync(Chats.Body())).IsRefused(503, "faulted");
        await (await loaded.ChatAsync(Chats.Body(stream: true))).IsRefused(503, "faulted");
        Assert.Equal(503, await loaded.StatusOf("/v1/models"));
        _time.Advance(TimeSpan.FromSeconds(1));
        await Reaches(loaded, EngineState.Ready);
        Assert.Equal((200, 200), await loaded.HealthAsync());
        Assert.Equal(expected, await (await loaded.ChatAsync(Chats.Body())).TextAsync());

        await Break(loaded); // once too often
        Assert.Equal((503, 503), await loaded.HealthAsync());
        await (await loaded.ChatAsync(Chats.Body())).IsRefused(503, "faulted");
    }

    /// <summary>vllm#36451, vllm#45526.</summary>
    [Fact]
    public async Task TheEngineHangsAndHealthIsNot200()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(closed: true, clock: _time);
        Task<HttpResponseMessage> hangs = loaded.ChatAsync(Chats.Body());
        await loaded.Runner.StepArrives(Cancellation);
        Assert.Equal((200, 200), await loaded.HealthAsync());
        _time.Advance(TimeSpan.FromSeconds(121));
        Assert.Equal((503, 200), await loaded.HealthAsync());
        loaded.Runner.Open();
        await (await hangs).TextAsync();
        Assert.Equal((200, 200), await loaded.HealthAsync());
    }

    /// <summary>sglang#22511. Every step is young, however old the request is.</summary>
    [Fact]
    public async Task ALongPrefillIsNotCalledUnhealthy()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(closed: true, clock: _time);
        Task<HttpResponseMessage> beside = loaded.ChatAsync(Chats.Body(20));
        await loaded.Runner.StepArrives(Cancellation);
        string prompt = string.Concat(Enumerable.Repeat("gold and silver ", 200));
        Task<HttpResponseMessage> prefill = loaded.ChatAsync(Chats.Body(question: prompt));
        await loaded.Holds(2);
        for (int step = 0; step < 6; step++)
        {
            Assert.Equal((200, 200), await loaded.HealthAsync());
            _time.Advance(TimeSpan.FromSeconds(100));
            Assert.Equal((200, 200), await loaded.HealthAsync());
            loaded.Runner.Permit();
            await loaded.Runner.StepArrives(Cancellation);
        }

        loaded.Runner.Open();
        await Task.WhenAll(beside, prefill);
        await (await prefill).TextAsync();
    }

    /// <summary>ik_llama.cpp#1210. No answer about the engine waits for the engine.</summary>
    [Fact]
    public async Task HealthIsNotBlockedInPrefill()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(closed: true);
        Task<HttpResponseMessage> prefill = loaded.ChatAsync(Chats.Body(question: new string('x', 500)));
        await loaded.Runner.StepArrives(Cancellation);
        foreach (string path in (string[])["/health/live", "/health/ready", "/v1/models", "/v1/loads"])
            Assert.Equal(200, await loaded.StatusOf(path));
        Assert.Equal(0, loaded.Runner.Steps);
        loaded.Runner.Open();
        await (await prefill).TextAsync();
    }

    /// <summary>llama.cpp#9056: the container was restarted for being busy.</summary>
    [Fact]
    public async Task ABusyServerIsHealthy()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(closed: true);
        const int capacity = LoadedServer.Sequences + LoadedServer.Queue;
        Task<HttpResponseMessage>[] all =
            [.. Enumerable.Range(0, capacity).Select(_ => loaded.ChatAsync(Chats.Body()))];
        await loaded.Holds(capacity);
        await (await loaded.ChatAsync(Chats.Body())).IsRefused(429, "queue_full");
        Assert.Equal((200, 200), await loaded.HealthAsync());
        loaded.Runner.Open();
        foreach (HttpResponseMessage response in await Task.WhenAll(all)) await response.TextAsync();
    }

    /// <summary>onnxruntime-genai#1773, on the CPU: each engine's runner is disposed. PlannedDiffusion.Cuda.Tests
    /// counts what is left on a device.</summary>
    [Fact]
    public async Task AnEngineThatIsLoadedAgainLeaksNothing()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(wrap: Breakable, clock: _time);
        for (int i = 0; i < 4; i++)
        {
            await Break(loaded);
            await _runners[^1].WhenDisposed.WaitAsync(Cancellation);
            _time.Advance(TimeSpan.FromMinutes(1));
            await Reaches(loaded, EngineState.Ready);
        }

        Assert.Equal([true, true, true, true, false], _runners.Select(runner => runner.Disposed));
        Assert.NotEmpty(await (await loaded.ChatAsync(Chats.Body())).TextAsync());
    }

    private FailingRunner Breakable(IModelRunner inner)
    {
        _runners.Add(new FailingRunner(inner));
        return _runners[^1];
    }

    /// <summary>Loses the device under a request.</summary>
    private async Task Break(LoadedServer loaded)
    {
        PlannedDiffusionEngine engine = loaded.Engine;
        _runners[^1].Break();
        await (await loaded.ChatAsync(Chats.Body())).IsRefused(503, "faulted");
        await engine.Faulted.WaitAsync(Cancellation);
        await Reaches(loaded, EngineState.Faulted);
    }

    private static async Task Reaches(LoadedServer loaded, EngineState wanted)
    {
        await foreach (EngineState state in loaded.Supervisor.WatchAsync(Cancellation))
        {
            if (state == wanted) return;
        }
    }
}
