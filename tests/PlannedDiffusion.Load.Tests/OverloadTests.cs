using System.Net;
using System.Text.Json;
using PlannedDiffusion.Server.Tests;
using Xunit;

namespace PlannedDiffusion.Load.Tests;

/// <summary>More than the capacity: who is answered, who is refused, and what is left behind. By count.</summary>
public sealed class OverloadTests
{
    private const int Capacity = LoadedServer.Sequences + LoadedServer.Queue;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The step under way waits at the gate until all refusals are there: none waits for a step.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatDoesNotFitIsRefusedWhileAStepHangsAndTheRestIsAnswered(bool stream)
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(closed: true);
        List<Task<HttpResponseMessage>> all = [loaded.ChatAsync(Chats.Body(stream: stream))];
        await loaded.Runner.StepArrives(Cancellation);
        const int offered = 4 * Capacity;
        for (int i = 1; i < offered; i++) all.Add(loaded.ChatAsync(Chats.Body(stream: stream)));
        int refused = 0;
        await foreach (Task<HttpResponseMessage> first in Task.WhenEach(all))
        {
            HttpResponseMessage refusal = await first;
            if (refusal.StatusCode == HttpStatusCode.OK) continue; // a stream that runs has its headers
            await refusal.IsRefused(429, "queue_full");
            Assert.Equal("running=1,waiting=5", refusal.Headers.GetValues("x-pd-load").Single());
            if (++refused == offered - Capacity) break;
        }

        Assert.Equal((0, 1), (loaded.Runner.Steps, loaded.Runner.Opened));
        Assert.Equal((200, 200), await loaded.HealthAsync());
        loaded.Runner.Open();
        int answered = 0;
        foreach (HttpResponseMessage response in await Task.WhenAll(all))
        {
            if (response.StatusCode == HttpStatusCode.TooManyRequests) continue;
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            if (stream) await response.ChunksAsync();
            else await response.TextAsync();
            answered++;
            response.Dispose();
        }

        Assert.Equal((Capacity, Capacity), (answered, loaded.Runner.Opened));
        await loaded.BecomesIdle();
        Assert.Equal((0, 0, 0L), await LoadsAsync(loaded));
    }

    /// <summary>Wave after wave of twice the capacity, of all kinds of requests and clients.</summary>
    [Fact]
    public async Task WavesOfOverloadLeaveMemoryHandlesAndQueueAsTheyWere()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync();
        long memory = 0;
        IReadOnlyList<string> handles = [];
        for (int wave = 0; wave < 10; wave++)
        {
            await Wave(loaded, wave);
            await loaded.BecomesIdle();
            Assert.Equal((0, 0, 0L), await LoadsAsync(loaded));
            if (wave == 3) (memory, handles) = (Memory(), Handles());
        }

        Assert.InRange(Memory() - memory, long.MinValue, 1 << 20);
        await Settles(() => Handles().Count < handles.Count + 6, // which is what one a wave would make
            () => $"{string.Join(' ', handles)}\n{string.Join(' ', Handles())}");
    }

    /// <summary>Many clients that change their minds, each at another step. The server does not care.</summary>
    [Fact]
    public async Task AStormOfCancellationsHarmsNobody()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(model: model =>
        {
            model.MaxWaiting = 1000;
            model.MaxWork = Timeout.InfiniteTimeSpan;
        });
        string expected = await (await loaded.ChatAsync(Chats.Body(30))).TextAsync();
        var random = new Random(5);
        int before = loaded.Runner.Steps;
        var clients = Enumerable.Range(0, 150).Select(_ => (Source: new CancellationTokenSource(),
            At: before + random.Next(150), Stays: random.Next(4) == 0, Stream: random.Next(2) == 0)).ToArray();
        loaded.Runner.Stepped = step =>
        {
            foreach (var client in clients.Where(client => !client.Stays && client.At == step))
                _ = client.Source.CancelAsync();
        };
        string?[] texts = await Task.WhenAll(clients.Select(
            client => Ask(loaded, client.Stream, client.Source.Token)));
        await loaded.BecomesIdle();
        Assert.Equal((0, 0, 0L), await LoadsAsync(loaded));
        foreach ((var client, string? text) in clients.Zip(texts))
            Assert.True(text is null ? !client.Stays : text == expected, text ?? "One that stayed has no answer.");
        Assert.Contains(null, texts);
        Assert.Equal(expected, await (await loaded.ChatAsync(Chats.Body(30))).TextAsync());
        Assert.Equal((200, 200), await loaded.HealthAsync());
    }

    /// <summary>The answer; null if the client has left.</summary>
    private static async Task<string?> Ask(LoadedServer loaded, bool stream, CancellationToken leaves)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
            {
                Content = new StringContent(Chats.Body(30, stream), null, "application/json"),
            };
            using HttpResponseMessage response = await loaded.Client.SendAsync(request, leaves);
            return stream ? (await response.ChunksAsync()).StreamedText() : await response.TextAsync();
        }
        catch (OperationCanceledException) when (leaves.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task Wave(LoadedServer loaded, int wave)
    {
        loaded.Runner.Close();
        using var handler = new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero };
        using var client = new HttpClient(handler) { BaseAddress = loaded.Server.Address };
        using var leaves = new CancellationTokenSource();
        Task<HttpResponseMessage>[] all = [.. Enumerable.Range(0, 2 * Capacity).Select(i => Send(i))];
        await Settles(() => all.Count(one => one.IsCompleted) >= Capacity);
        await leaves.CancelAsync();
        loaded.Runner.Open();
        await Task.WhenAny(Task.WhenAll(all));
        int answered = 0;
        foreach (Task<HttpResponseMessage> one in all.Where(one => one.IsCompletedSuccessfully))
        {
            using HttpResponseMessage response = await one;
            if (response.StatusCode == HttpStatusCode.TooManyRequests) await response.IsRefused(429, "queue_full");
            else if (response.StatusCode == HttpStatusCode.OK) answered++; // and its body is given up
            else Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }

        Assert.InRange(answered, 1, Capacity);
        Assert.Equal(all.Count(one => !one.IsCompletedSuccessfully), all.Count(one => one.IsCanceled));

        Task<HttpResponseMessage> Send(int i)
        {
            string body = (i % 6) switch
            {
                0 => Chats.Body(8, stream: true),
                1 => Chats.Body(8, n: 2),
                2 => Chats.Body(30, decoder: "planned", stream: true, planned: ",\"stream\":\"spans\""),
                3 => Chats.Body(0), // refused before it is admitted
                4 => Chats.Body(8, question: new string('x', 100 * wave)),
                _ => Chats.Body(8),
            };
            var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
            {
                Content = new StringContent(body, null, "application/json"),
            };
            return client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, i % 4 == 1 ? leaves.Token : Cancellation);
        }
    }

    private static async Task<(int Running, int Waiting, long Kv)> LoadsAsync(LoadedServer loaded)
    {
        using HttpResponseMessage response = await loaded.Client.GetAsync(
            new Uri("/v1/loads", UriKind.Relative), Cancellation);
        JsonElement loads = await response.JsonAsync();
        JsonElement requests = loads.GetProperty("requests");
        return (requests.GetProperty("running").GetInt32(), requests.GetProperty("waiting").GetInt32(),
            loads.GetProperty("kv").GetProperty("used").GetInt64());
    }

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    /// <summary>What the process has open.</summary>
    private static IReadOnlyList<string> Handles() =>
        [.. Directory.GetFiles("/proc/self/fd").Select(file => new FileInfo(file).LinkTarget ?? "").Order()];

    /// <summary>Waits for what sockets do behind the scenes, and no longer than that can take.</summary>
    private static async Task Settles(Func<bool> holds, Func<string>? otherwise = null)
    {
        for (int i = 0; !holds(); i++)
        {
            Assert.True(i < 10_000, otherwise?.Invoke());
            await Task.Delay(2, Cancellation);
        }
    }
}
