using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using PlannedDiffusion.Server.Tests;
using Xunit;

namespace PlannedDiffusion.Load.Tests;

/// <summary>Clients that leave, and clients that do not read.</summary>
public sealed class DisconnectTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A token breaks the connection at once; a stream that is disposed unread, when the client's library has
    /// given up reading the rest.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task AClientThatLeavesEndsItsRequestWithinAStep(bool stream, bool byToken)
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(closed: true);
        using var leaves = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(Chats.Body(400, stream), null, "application/json"),
        };
        Task<HttpResponseMessage> answer = loaded.Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, leaves.Token);
        await loaded.Runner.StepArrives(Cancellation);
        for (int step = 0; step < 3; step++)
        {
            loaded.Runner.Permit();
            await loaded.Runner.StepArrives(Cancellation);
        }

        Task reads = stream && byToken ? (await answer).Content.ReadAsStringAsync(leaves.Token) : Task.CompletedTask;
        if (byToken) await leaves.CancelAsync();
        else (await answer).Dispose();
        await loaded.ClientIsGone();
        Assert.Equal((3, 1), (loaded.Runner.Steps, loaded.Engine.Status.Running));
        loaded.Runner.Permit(); // the step under way
        await loaded.BecomesIdle();
        Assert.Equal((4, 0L), (loaded.Runner.Steps, loaded.Engine.Status.KeyValuesUsed));
        await Task.WhenAny(reads, answer);
    }

    /// <summary>The places of those who left are free at once, though a step hangs, and they are never run.</summary>
    [Fact]
    public async Task QueuedRequestsOfClientsThatLeftAreNotRun()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(closed: true, model => model.MaxSequences = 1);
        Task<HttpResponseMessage> running = loaded.ChatAsync(Chats.Body());
        await loaded.Runner.StepArrives(Cancellation);
        using var leave = new CancellationTokenSource();
        using var client = new HttpClient { BaseAddress = loaded.Server.Address };
        var queued = new List<Task<HttpResponseMessage>>();
        int held = 1;
        foreach ((bool stream, int n) in new[] { (true, 1), (false, 1), (true, 2) })
        {
            queued.Add(client.PostAsync(
                new Uri("/v1/chat/completions", UriKind.Relative),
                new StringContent(Chats.Body(stream: stream, n: n), null, "application/json"), leave.Token));
            await loaded.Holds(held += n);
        }

        Assert.Equal(1 + LoadedServer.Queue, held);
        await (await loaded.ChatAsync(Chats.Body())).IsRefused(429, "queue_full");
        await leave.CancelAsync();
        await Task.WhenAny(Task.WhenAll(queued));
        await loaded.Holds(1);
        Task<HttpResponseMessage> next = loaded.ChatAsync(Chats.Body());
        await loaded.Holds(2);
        Assert.Equal(0, loaded.Runner.Steps);
        loaded.Runner.Open();
        await (await running).TextAsync();
        await (await next).TextAsync();
        Assert.Equal(2, loaded.Runner.Opened);
    }

    /// <summary>A client that does not read keeps next to nothing and holds up nobody; later it gets all its text.
    /// </summary>
    [Fact]
    public async Task AClientThatDoesNotReadHoldsUpNobody()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(narrow: true);
        string body = Chats.Body(400, stream: true, decoder: "planned", planned: ",\"stream\":\"spans\"");
        using HttpResponseMessage usual = await loaded.ChatAsync(body);
        List<JsonElement> expected = await usual.ChunksAsync();
        string text = expected.StreamedText();

        loaded.Runner.Close();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.ReceiveBufferSize = 1; // the least that the system has
        await socket.ConnectAsync(loaded.Server.Address.Host, loaded.Server.Address.Port, Cancellation);
        await socket.SendAsync(Encoding.UTF8.GetBytes(
            $"POST /v1/chat/completions HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            + $"Connection: close\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"), Cancellation);
        await loaded.Runner.StepArrives(Cancellation);
        loaded.Runner.Open();
        await loaded.BecomesIdle(); // the engine is done with it, although nobody has read
        Assert.NotEmpty(await (await loaded.ChatAsync(Chats.Body())).TextAsync());

        using var reader = new StreamReader(new NetworkStream(socket));
        string raw = await reader.ReadToEndAsync(Cancellation);
        List<JsonElement> chunks = [.. raw.Split('\n')
            .Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
            .Select(line => JsonDocument.Parse(line[6..]).RootElement)];
        Assert.Contains("data: [DONE]", raw, StringComparison.Ordinal);
        Assert.Equal(text, chunks.StreamedText());
        // What happened while the client was away is told at once, not step by step.
        Assert.True(chunks.Count < expected.Count, $"{chunks.Count} of {expected.Count} chunks");
    }
}
