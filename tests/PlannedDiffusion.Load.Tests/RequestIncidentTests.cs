using System.Text.Json;
using PlannedDiffusion.Server.Tests;
using Xunit;

namespace PlannedDiffusion.Load.Tests;

/// <summary>
/// What users of other servers met, by the names of what happened and of the reports: queues without bounds, requests
/// that hang, are killed, or are not.
/// </summary>
public sealed class RequestIncidentTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>vllm#18826, vllm#49445: the queue had no bound, and n answers counted once.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheQueueIsBoundedAndNCountsNTimes(bool stream)
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(closed: true);
        Task<HttpResponseMessage> four = loaded.ChatAsync(Chats.Body(n: 4, stream: stream));
        await loaded.Holds(4);
        await (await loaded.ChatAsync(Chats.Body(n: 3, stream: stream))).IsRefused(429, "queue_full");
        await loaded.Holds(4); // all of its answers, or none
        Task<HttpResponseMessage> two = loaded.ChatAsync(Chats.Body(n: 2, stream: stream));
        await loaded.Holds(6);
        await (await loaded.ChatAsync(Chats.Body(stream: stream))).IsRefused(429, "queue_full");
        loaded.Runner.Open();
        Assert.Equal(4, await Choices(await four, stream));
        Assert.Equal(2, await Choices(await two, stream));
        Assert.Equal(6, loaded.Runner.Opened);
    }

    /// <summary>sglang#33858. A refusal ends the request, and the connection goes on.</summary>
    [Fact]
    public async Task AnOverflowLeavesNoRequestHanging()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(closed: true);
        const int capacity = LoadedServer.Sequences + LoadedServer.Queue;
        Task<HttpResponseMessage>[] admitted =
            [.. Enumerable.Range(0, capacity).Select(i => loaded.ChatAsync(Chats.Body(stream: i % 2 == 0)))];
        await loaded.Holds(capacity);
        for (int i = 0; i < 20; i++)
            await (await loaded.ChatAsync(Chats.Body(stream: i % 2 == 0))).IsRefused(429, "queue_full");
        loaded.Runner.Open();
        foreach (HttpResponseMessage response in await Task.WhenAll(admitted))
            await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Cancellation);
        await loaded.BecomesIdle();
        await (await loaded.ChatAsync(Chats.Body())).TextAsync();
    }

    /// <summary>ik_llama.cpp#1929.</summary>
    [Fact]
    public async Task CancellingAQueuedRequestKillsNoOther()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(model: model => model.MaxSequences = 1);
        string[] questions = ["What is gold?", "What is silver?", "What is iron?", "What is water?"];
        var alone = new List<string>();
        foreach (string question in questions)
            alone.Add(await (await loaded.ChatAsync(Chats.Body(12, question: question))).TextAsync());
        loaded.Runner.Close();
        int opened = loaded.Runner.Opened;
        using var leaves = new CancellationTokenSource();
        var all = new List<Task<HttpResponseMessage>>();
        foreach (string question in questions)
        {
            var content = new StringContent(Chats.Body(12, question: question), null, "application/json");
            all.Add(loaded.Client.PostAsync(
                new Uri("/v1/chat/completions", UriKind.Relative), content,
                all.Count == 2 ? leaves.Token : Cancellation));
            await loaded.Holds(all.Count);
        }

        await leaves.CancelAsync();
        await loaded.Holds(3);
        loaded.Runner.Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => all[2]);
        foreach (int other in (int[])[0, 1, 3]) Assert.Equal(alone[other], await (await all[other]).TextAsync());
        Assert.Equal(3, loaded.Runner.Opened - opened);
    }

    /// <summary>LLamaSharp#596: one lock for all. Requests in flight share each step.</summary>
    [Fact]
    public async Task NoRequestHoldsALockOverAnother()
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(closed: true);
        Task<HttpResponseMessage>[] two = [loaded.ChatAsync(Chats.Body(8)), loaded.ChatAsync(Chats.Body(8))];
        await loaded.Holds(2);
        loaded.Runner.Open();
        Assert.Single((await Task.WhenAll(two.Select(async one => await (await one).TextAsync()))).Distinct());
        Assert.Equal(2, loaded.Runner.MostTogether);
    }

    /// <summary>LLamaSharp#918: the model was freed under a running step. The step ends first.</summary>
    [Fact]
    public async Task NothingIsDisposedDuringInference()
    {
        LoadedServer loaded = await LoadedServer.StartAsync(closed: true, model => model.DrainTimeout = TimeSpan.Zero);
        Task<HttpResponseMessage> running = loaded.ChatAsync(Chats.Body(100, stream: true));
        await loaded.Runner.StepArrives(Cancellation);
        using HttpResponseMessage response = await running;
        Task stop = loaded.Server.DisposeAsync().AsTask();
        await LoadedServer.Becomes(() => loaded.Supervisor.Engine is null);
        Assert.False(loaded.Runner.WhenDisposed.IsCompleted);
        loaded.Runner.Permit();
        await loaded.Runner.WhenDisposed.WaitAsync(Cancellation);
        await stop;
        Assert.Equal(1, loaded.Runner.Steps);
    }

    /// <summary>onnxruntime-genai#1289: a cancellation was lost. It counts in every phase of a request.</summary>
    [Theory]
    [InlineData("ar", 0)]
    [InlineData("ar", 1)]
    [InlineData("ar", 20)]
    [InlineData("planned", 1)]
    [InlineData("planned", 5)]
    [InlineData("planned", 30)]
    public async Task NoCancellationIsLost(string decoder, int steps)
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync(closed: true);
        using var leaves = new CancellationTokenSource();
        using var content = new StringContent(Chats.Body(300, decoder: decoder), null, "application/json");
        Task<HttpResponseMessage> answer = loaded.Client.PostAsync(
            new Uri("/v1/chat/completions", UriKind.Relative), content, leaves.Token);
        await loaded.Runner.StepArrives(Cancellation);
        for (int step = 0; step < steps; step++)
        {
            loaded.Runner.Permit();
            await loaded.Runner.StepArrives(Cancellation);
        }

        await leaves.CancelAsync();
        await loaded.ClientIsGone();
        loaded.Runner.Permit();
        await loaded.BecomesIdle();
        Assert.Equal(steps + 1, loaded.Runner.Steps);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
    }

    /// <summary>openai-dotnet#389: an empty word makes that client throw. There are stop, length and null.</summary>
    [Theory]
    [InlineData(4, "ar", "", "length")]
    [InlineData(1000, "planned", "", "stop")]
    [InlineData(3, "planned", "", "length")]
    [InlineData(40, "planned", "", "length")]
    [InlineData(400, "planned", "element", "stop")]
    public async Task NoReasonIsAnEmptyWord(int tokens, string decoder, string stop, string expected)
    {
        await using LoadedServer loaded = await LoadedServer.StartAsync();
        foreach (bool stream in (bool[])[false, true])
        {
            string body = Chats.Body(tokens, stream, decoder: decoder);
            if (stop.Length > 0)
                body = body.Replace("\"n\":1", $"\"n\":1,\"stop\":\"{stop}\"", StringComparison.Ordinal);
            using HttpResponseMessage response = await loaded.ChatAsync(body);
            IReadOnlyList<JsonElement> parts = stream ? await response.ChunksAsync() : [await response.JsonAsync()];
            string?[] reasons = [.. parts.SelectMany(part => part.GetProperty("choices").EnumerateArray())
                .Select(choice => choice.GetProperty("finish_reason").GetString())];
            Assert.Equal(expected, reasons[^1]);
            Assert.All(reasons[..^1], Assert.Null);
        }
    }

    private static async Task<int> Choices(HttpResponseMessage response, bool stream)
    {
        response.EnsureSuccessStatusCode();
        IReadOnlyList<JsonElement> parts = stream ? await response.ChunksAsync() : [await response.JsonAsync()];
        return parts.SelectMany(part => part.GetProperty("choices").EnumerateArray())
            .Select(choice => choice.GetProperty("index").GetInt32()).Distinct().Count();
    }
}
