using System.Net;
using System.Text.Json;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>Streams with named events in the queue, and those that fail.</summary>
public sealed class StreamEndTests
{
    private const string Planned = "/v1/planned/stream";
    private const string Responses = """{"input":"What is gold?","stream":true}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The place in the queue is told before the engine has time for the request.</summary>
    [Fact]
    public async Task APlaceInTheQueueIsToldAtOnce()
    {
        await using GatedServer gated = await GatedServer.StartAsync();
        Task<HttpResponseMessage> running = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 0, Cancellation);
        using HttpResponseMessage first = await gated.Server.PostAsync(Planned, GatedServer.Chat);
        using HttpResponseMessage second = await gated.Server.PostAsync(Planned, GatedServer.Chat);
        await using IAsyncEnumerator<(string Name, JsonElement Data)> firstEvents = await EventsAsync(first);
        await using IAsyncEnumerator<(string Name, JsonElement Data)> secondEvents = await EventsAsync(second);
        Assert.Equal(("queued", 0), (firstEvents.Current.Name, Ahead(firstEvents)));
        Assert.Equal(("queued", 1), (secondEvents.Current.Name, Ahead(secondEvents)));
        gated.Gate.Permit(1_000_000);
        Assert.True(await secondEvents.MoveNextAsync());
        Assert.Equal("started", secondEvents.Current.Name);
        (await running).Dispose();
    }

    [Fact]
    public async Task AFullQueueIsARefusal()
    {
        await using GatedServer gated = await GatedServer.StartAsync(queue: 1);
        Task<HttpResponseMessage> running = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 0, Cancellation);
        using HttpResponseMessage waiting = await gated.Server.PostAsync(Planned, GatedServer.Chat);
        foreach ((string path, string body) in ((string, string)[])
            [(Planned, GatedServer.Chat), ("/v1/responses", Responses)])
        {
            using HttpResponseMessage refused = await gated.Server.PostAsync(path, body);
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Equal(
                "queue_full", (await refused.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        gated.Gate.Permit(1_000_000);
        (await running).Dispose();
    }

    /// <summary>An error after the beginning is an event, and then the connection breaks.</summary>
    [Fact]
    public async Task AnErrorIsTheLastEventAndTheConnectionBreaks()
    {
        await using GatedServer gated =
            await GatedServer.StartAsync(server: options => options.Deadline = TimeSpan.FromSeconds(30));
        using HttpResponseMessage planned = await gated.Server.PostAsync(Planned, GatedServer.Chat);
        await gated.ArriveAsync(1, 0, Cancellation);
        List<(string Name, JsonElement Data)> events = await BrokenAsync(gated, planned);
        Assert.Equal("error", events[^1].Name);
        Assert.Equal(
            "deadline_exceeded", events[^1].Data.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task AResponseThatFailsSaysSo()
    {
        await using GatedServer gated =
            await GatedServer.StartAsync(server: options => options.Deadline = TimeSpan.FromSeconds(30));
        Task<HttpResponseMessage> sent = gated.Server.PostAsync("/v1/responses", Responses);
        await gated.ArriveAsync(1, 0, Cancellation);
        gated.Gate.Permit(1);
        using HttpResponseMessage response = await sent;
        List<(string Name, JsonElement Data)> events = await BrokenAsync(gated, response);
        Assert.Equal("response.failed", events[^1].Name);
        JsonElement failed = events[^1].Data.GetProperty("response");
        Assert.Equal("failed", failed.GetProperty("status").GetString());
        Assert.Equal("deadline_exceeded", failed.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(events.Count - 1, events[^1].Data.GetProperty("sequence_number").GetInt32());
    }

    /// <summary>Lets the deadline pass, and reads what came until the connection broke.</summary>
    private static async Task<List<(string Name, JsonElement Data)>> BrokenAsync(
        GatedServer gated, HttpResponseMessage response)
    {
        List<(string Name, JsonElement Data)> events = [];
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            using Stream body = await response.Content.ReadAsStreamAsync(Cancellation);
            await foreach ((string name, JsonElement data) in NamedEvents.NamedEventsAsync(body))
            {
                if (events.Count == 0)
                {
                    gated.Clock.Advance(TimeSpan.FromSeconds(31));
                    gated.Gate.Permit(1_000_000); // the end of a step is where it is noticed
                }

                events.Add((name, data));
            }
        });
        return events;
    }

    private static async Task<IAsyncEnumerator<(string Name, JsonElement Data)>> EventsAsync(
        HttpResponseMessage response)
    {
        Stream body = await response.Content.ReadAsStreamAsync(Cancellation);
        IAsyncEnumerator<(string Name, JsonElement Data)> events =
            NamedEvents.NamedEventsAsync(body).GetAsyncEnumerator(Cancellation);
        Assert.True(await events.MoveNextAsync());
        return events;
    }

    private static int Ahead(IAsyncEnumerator<(string Name, JsonElement Data)> events) =>
        events.Current.Data.GetProperty("ahead").GetInt32();
}
