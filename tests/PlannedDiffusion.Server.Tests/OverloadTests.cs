using System.Text.Json;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>What a server answers that has too much to do, or too little time.</summary>
public sealed class OverloadTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AFullQueueIsA429BeforeAnyStep()
    {
        await using GatedServer gated = await GatedServer.StartAsync(queue: 1);
        Task<HttpResponseMessage> running = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 0, Cancellation);
        Task<HttpResponseMessage> waiting = gated.Server.ChatAsync(GatedServer.Stream);
        await gated.ArriveAsync(1, 1, Cancellation);
        foreach (string body in (string[])[GatedServer.Chat, GatedServer.Stream])
        {
            using HttpResponseMessage refused = await gated.Server.ChatAsync(body);
            await ErrorTests.AssertErrorAsync(refused, 429, "queue_full", null);
            int seconds = int.Parse(refused.Headers.GetValues("Retry-After").Single(), null);
            Assert.InRange(seconds, 1, 60);
            Assert.Equal($"{1000 * seconds}", refused.Headers.GetValues("retry-after-ms").Single());
            Assert.Equal("running=1,waiting=1", refused.Headers.GetValues("x-pd-load").Single());
        }

        gated.Gate.Permit(1_000_000);
        using HttpResponseMessage first = await running, second = await waiting;
        Assert.True(first.IsSuccessStatusCode);
        Assert.NotEmpty(await second.ChunksAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SeveralAnswersTakeAsManyPlacesOrNone(bool streams)
    {
        await using GatedServer gated = await GatedServer.StartAsync(queue: 2);
        Task<HttpResponseMessage> running = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 0, Cancellation);
        string stream = streams ? ",\"stream\":true}" : "}";
        using HttpResponseMessage refused = await gated.Server.ChatAsync(GatedServer.Chat[..^1] + ",\"n\":3" + stream);
        await ErrorTests.AssertErrorAsync(refused, 429, "queue_full", null);
        await gated.ArriveAsync(1, 0, Cancellation); // the places that it had are free again
        Task<HttpResponseMessage> fitting = gated.Server.ChatAsync(GatedServer.Chat[..^1] + ",\"n\":2" + stream);
        await gated.ArriveAsync(1, 2, Cancellation);
        gated.Gate.Permit(1_000_000);
        using HttpResponseMessage first = await running, second = await fitting;
        Assert.True(second.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ADeadlineInTheQueueIsA504(bool streams)
    {
        await using GatedServer gated =
            await GatedServer.StartAsync(server: options => options.Deadline = TimeSpan.FromSeconds(30));
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<HttpResponseMessage> running = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 0, Cancellation);
        gated.Clock.Advance(TimeSpan.FromSeconds(10));
        Task<HttpResponseMessage> waiting = gated.Server.ChatAsync(streams ? GatedServer.Stream : GatedServer.Chat);
        await gated.ArriveAsync(1, 1, Cancellation);
        gated.Clock.Advance(TimeSpan.FromSeconds(31));
        using HttpResponseMessage late = await waiting;
        await ErrorTests.AssertErrorAsync(late, 504, "deadline_exceeded", null);
        Assert.Equal("false", late.Headers.GetValues("x-should-retry").Single());
        gated.Gate.Permit(1_000_000);
        using HttpResponseMessage first = await running; // its time is over, too
        Assert.Equal(504, (int)first.StatusCode);
    }

    [Fact]
    public async Task AClientsTimeoutIsTheDeadlineOfWholeAnswersAlone()
    {
        await using GatedServer gated = await GatedServer.StartAsync(queue: 8);
        (string, string) timeout = ("X-Stainless-Timeout", "5");
        Task<HttpResponseMessage> running = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 0, Cancellation);
        Task<HttpResponseMessage> whole = gated.Server.ChatAsync(GatedServer.Chat, timeout);
        Task<HttpResponseMessage> stream = gated.Server.ChatAsync(GatedServer.Stream, timeout);
        Task<HttpResponseMessage>[] unhurried =
        [
            .. new[] { "0", "-5", "86401", "soon" }
                .Select(value => gated.Server.ChatAsync(GatedServer.Chat, ("X-Stainless-Timeout", value))),
        ];
        await gated.ArriveAsync(1, 6, Cancellation);
        gated.Clock.Advance(TimeSpan.FromSeconds(6));
        using HttpResponseMessage late = await whole;
        Assert.Equal(504, (int)late.StatusCode);
        gated.Gate.Permit(1_000_000);
        foreach (Task<HttpResponseMessage> other in (Task<HttpResponseMessage>[])[running, stream, .. unhurried])
        {
            using HttpResponseMessage response = await other;
            Assert.Equal(200, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task ADeadlineInAStreamIsAnErrorChunkAndABrokenConnection()
    {
        await using GatedServer gated =
            await GatedServer.StartAsync(server: options => options.Deadline = TimeSpan.FromSeconds(30));
        Task<HttpResponseMessage> asked = gated.Server.ChatAsync(GatedServer.Stream);
        await gated.ArriveAsync(1, 0, Cancellation);
        gated.Gate.Permit(4);
        using HttpResponseMessage response = await asked;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
        Assert.Equal(": started", await reader.ReadLineAsync(Cancellation));
        gated.Clock.Advance(TimeSpan.FromSeconds(31));
        gated.Gate.Permit(1_000_000);
        string? last = null;
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await reader.ReadLineAsync(Cancellation) is { } line)
            {
                if (line.StartsWith("data: ", StringComparison.Ordinal)) last = line[6..];
            }
        });
        using JsonDocument chunk = JsonDocument.Parse(last!);
        Assert.Equal(
            "deadline_exceeded", chunk.RootElement.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task AStreamStartsWhenItLeavesTheQueueAndNotBefore()
    {
        await using GatedServer gated = await GatedServer.StartAsync();
        using HttpResponseMessage first = await gated.Server.ChatAsync(GatedServer.Stream); // no step has ended
        Task<HttpResponseMessage> second = gated.Server.ChatAsync(GatedServer.Stream);
        await gated.ArriveAsync(1, 1, Cancellation);
        Assert.False(second.IsCompleted);
        Assert.Empty(gated.Gate.Steps);
        gated.Gate.Permit(1_000_000);
        using HttpResponseMessage later = await second;
        Assert.NotEmpty(await first.ChunksAsync());
        Assert.NotEmpty(await later.ChunksAsync());
    }

    [Fact]
    public async Task ASilentStreamIsKeptAlive()
    {
        await using GatedServer gated = await GatedServer.StartAsync();
        Task<HttpResponseMessage> asked = gated.Server.ChatAsync(GatedServer.Stream);
        await gated.ArriveAsync(1, 0, Cancellation);
        gated.Gate.Permit(4);
        using HttpResponseMessage response = await asked;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));
        Assert.Equal(": started", await reader.ReadLineAsync(Cancellation));
        Task<string?> next = KeepAliveAsync(reader);
        while (!next.IsCompleted)
        {
            gated.Clock.Advance(TimeSpan.FromSeconds(10)); // again, in case the stream did not wait yet
            await Task.WhenAny(next, Task.Delay(5, Cancellation));
        }

        Assert.Equal(": keep-alive", await next);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AClientThatIsGoneCostsNoFurtherStep(bool streams)
    {
        await using GatedServer gated = await GatedServer.StartAsync();
        using var running = new CancellationTokenSource();
        using var waiting = new CancellationTokenSource();
        string body = streams ? GatedServer.Stream : GatedServer.Chat;
        Task first = SendAsync(gated, body, running.Token);
        await gated.ArriveAsync(1, 0, Cancellation);
        Task second = SendAsync(gated, body, waiting.Token);
        await gated.ArriveAsync(1, 1, Cancellation);
        await waiting.CancelAsync();
        await gated.ArriveAsync(1, 0, Cancellation); // without a step
        await running.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        for (int look = 0; gated.Server.Engine.Status.Running > 0; look++)
        {
            if (look % 100 == 0) gated.Gate.Permit(); // the server hears of it from the socket, which takes a moment
            await Task.Delay(1, Cancellation);
        }

        Assert.True(gated.Gate.Steps.Count < 40, $"{gated.Gate.Steps.Count} steps"); // an answer takes 48
    }

    private static async Task<string?> KeepAliveAsync(StreamReader reader)
    {
        string? line;
        do line = await reader.ReadLineAsync(Cancellation);
        while (line is not (null or ": keep-alive"));
        return line;
    }

    private static async Task SendAsync(GatedServer gated, string body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(body, null, "application/json"),
        };
        using HttpResponseMessage response = await gated.Server.Client.SendAsync(request, cancellation);
    }
}
