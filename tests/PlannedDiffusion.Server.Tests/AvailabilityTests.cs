using System.Net;
using System.Text.Json;
using PlannedDiffusion.Cpu;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>A server that loads, drains, or has failed: 503 for requests, and health that says which.</summary>
public sealed class AvailabilityTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task WhileItLoadsEverythingIs503ButTheServerLives()
    {
        using var loading = new ManualResetEventSlim();
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(
            model: settings => settings.ConfigureEngine(options => options with
            {
                RunnerFactory = (weights, runner) =>
                {
                    loading.Wait(Cancellation);
                    return CpuModelRunner.Create(weights, runner);
                },
            }),
            waits: false);
        try
        {
            await AssertUnavailableAsync(await GetAsync(server, "/v1/models"), "loading");
            await AssertUnavailableAsync(await GetAsync(server, "/v1/models/demo"), "loading");
            await AssertUnavailableAsync(await server.ChatAsync(GatedServer.Chat), "loading");
            await AssertUnavailableAsync(await server.ChatAsync(GatedServer.Stream), "loading");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync(server, "/health/ready")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await GetAsync(server, "/health/live")).StatusCode);
            JsonElement load = await (await GetAsync(server, "/v1/loads")).JsonAsync();
            Assert.Equal(JsonValueKind.Null, load.GetProperty("device").ValueKind);
        }
        finally
        {
            loading.Set();
        }

        await server.Supervisor.WaitAsync(Cancellation);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(server, "/v1/models")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(server, "/health/ready")).StatusCode);
    }

    [Fact]
    public async Task ADrainRefusesWhatIsNewAndEndsTheRest()
    {
        await using GatedServer gated = await GatedServer.StartAsync(server: options => options.AdminKey = "admin");
        Task<HttpResponseMessage> running = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 0, Cancellation);
        Task<HttpResponseMessage> waiting = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 1, Cancellation);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(gated.Server, "/health/ready")).StatusCode); // busy is ready
        using HttpResponseMessage drain =
            await gated.Server.PostAsync("/admin/drain", "", ("Authorization", "Bearer admin"));
        Assert.Equal(HttpStatusCode.Accepted, drain.StatusCode);
        Assert.True((await drain.JsonAsync()).GetProperty("draining").GetBoolean());
        await AssertUnavailableAsync(await gated.Server.ChatAsync(GatedServer.Chat), "draining");
        await AssertUnavailableAsync(await gated.Server.ChatAsync(GatedServer.Stream), "draining");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await GetAsync(gated.Server, "/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(gated.Server, "/health/live")).StatusCode);
        gated.Gate.Permit(1_000_000);
        using HttpResponseMessage first = await running, second = await waiting;
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
    }

    [Fact]
    public async Task AModelThatCannotBeLoadedIsFaultedForGood()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(
            model: settings => settings.ConfigureEngine(options => options with
            {
                RunnerFactory = (_, _) => throw new InvalidOperationException("no such device"),
            }),
            waits: false);
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => server.Supervisor.WaitAsync(Cancellation));
        await AssertUnavailableAsync(await server.ChatAsync(GatedServer.Chat), "faulted");
        HttpResponseMessage live = await GetAsync(server, "/health/live");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, live.StatusCode);
        Assert.DoesNotContain(
            "no such device", await live.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LoadsTellRequestsRowsAndPositions()
    {
        await using GatedServer gated = await GatedServer.StartAsync();
        Task<HttpResponseMessage> running = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 0, Cancellation);
        Task<HttpResponseMessage> waiting = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 1, Cancellation);
        gated.Clock.Advance(TimeSpan.FromMilliseconds(3));
        JsonElement load = await (await GetAsync(gated.Server, "/v1/loads")).JsonAsync();
        Assert.Equal(
            ["model", "build", "device", "requests", "rows", "kv", "step_us", "retry_after_s", "draining"],
            load.EnumerateObject().Select(member => member.Name));
        Assert.Equal("demo", load.GetProperty("model").GetString());
        JsonElement requests = load.GetProperty("requests");
        Assert.Equal(1, requests.GetProperty("running").GetInt32());
        Assert.Equal(1, requests.GetProperty("waiting").GetInt32());
        Assert.Equal(4, requests.GetProperty("max_waiting").GetInt32());
        Assert.True(load.GetProperty("rows").GetProperty("running").GetInt32() > 0);
        Assert.True(load.GetProperty("rows").GetProperty("waiting").GetInt64() > 0);
        Assert.InRange(
            load.GetProperty("kv").GetProperty("used").GetInt64(), 1,
            load.GetProperty("kv").GetProperty("total").GetInt64());
        Assert.True(load.GetProperty("step_us").GetInt64() >= 3000);
        Assert.False(load.GetProperty("draining").GetBoolean());
        gated.Gate.Permit(1_000_000);
        using HttpResponseMessage first = await running, second = await waiting;
        await gated.ArriveAsync(0, 0, Cancellation);
        JsonElement idle = await (await GetAsync(gated.Server, "/v1/loads")).JsonAsync();
        Assert.Equal(0, idle.GetProperty("rows").GetProperty("running").GetInt32());
    }

    private static Task<HttpResponseMessage> GetAsync(ServerUnderTest server, string path) =>
        server.Client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);

    private static async Task AssertUnavailableAsync(HttpResponseMessage response, string code)
    {
        using (response)
        {
            await ErrorTests.AssertErrorAsync(response, 503, code, null);
            int seconds = int.Parse(response.Headers.GetValues("Retry-After").Single(), null);
            Assert.InRange(seconds, 1, 60);
            Assert.Equal($"{1000 * seconds}", response.Headers.GetValues("retry-after-ms").Single());
        }
    }
}
