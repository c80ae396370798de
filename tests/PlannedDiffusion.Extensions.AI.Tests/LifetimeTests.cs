using Microsoft.Extensions.AI;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Extensions.AI.Tests;

/// <summary>Services, cancellation and the end.</summary>
public sealed class LifetimeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void ServicesAreThoseOfTheClient()
    {
        using PlannedDiffusionEngine engine = Clients.Tiny();
        using IChatClient client = engine.AsIChatClient("tiny");
        ChatClientMetadata metadata = client.GetService<ChatClientMetadata>()!;
        Assert.Equal(
            ("planned-diffusion", "tiny", null),
            (metadata.ProviderName, metadata.DefaultModelId, metadata.ProviderUri));
        Assert.Same(engine, client.GetService<PlannedDiffusionEngine>());
        Assert.Same(client, client.GetService<PlannedDiffusionChatClient>());
        Assert.Same(client, client.GetService<IChatClient>());
        Assert.Same(client, client.GetService(typeof(object)));
        Assert.Equal(3, client.GetService<Microsoft.ML.Tokenizers.Tokenizer>()!.CountTokens("say"));
        Assert.Null(client.GetService<string>());
        Assert.Null(client.GetService(typeof(IChatClient), "key"));
        Assert.Null(client.GetService(typeof(PlannedDiffusionEngine), "key"));
        Assert.Throws<ArgumentNullException>(() => client.GetService(null!));
    }

    [Fact]
    public async Task TheEngineOutlivesAClientThatDoesNotOwnIt()
    {
        using PlannedDiffusionEngine engine = Clients.Tiny();
        engine.AsIChatClient().Dispose();
        using IChatClient next = engine.AsIChatClient();
        await next.GetResponseAsync("say", new ChatOptions { MaxOutputTokens = 2 }, Cancellation);
    }

    [Fact]
    public async Task AnOwnedEngineEndsWithItsClient()
    {
        var runner = new GatedRunner(ReferenceRunner());
        PlannedDiffusionEngine engine = Around(runner);
        var client = new PlannedDiffusionChatClient(engine, new() { OwnsEngine = true });
        client.Dispose();
        client.Dispose();
        Assert.True(runner.Disposed);
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => client.GetResponseAsync("say", cancellationToken: Cancellation));
    }

    [Fact]
    public void ClientsNeedAnEngineAndOptionsInRange()
    {
        Assert.Throws<ArgumentNullException>("engine", () => new PlannedDiffusionChatClient(null!));
        using PlannedDiffusionEngine engine = Clients.Tiny();
        Assert.Throws<ArgumentNullException>(
            "options", () => new PlannedDiffusionChatClient(engine, new() { Generation = null! }));
        Assert.Throws<ArgumentException>(
            "TopP", () => new PlannedDiffusionChatClient(engine, new() { Generation = new() { TopP = 2 } }));
    }

    [Fact]
    public async Task AFullQueueRefusesAtTheCall()
    {
        var runner = new GatedRunner(ReferenceRunner(Limits with { MaxSequences = 1 }), permits: 0);
        var options = new EngineOptions { Queue = new QueueOptions { MaxWaiting = 0 } };
        using var engine = new PlannedDiffusionEngine(runner, Tokenizer, options: options);
        using var client = new PlannedDiffusionChatClient(engine, Clients.Autoregressive(3));
        Task<ChatResponse> running = client.GetResponseAsync("say", cancellationToken: Cancellation);
        await runner.StepArrives(Cancellation);
        Clients.Refuses<EngineOverloadedException>(() => client.GetResponseAsync("say", null, Cancellation));
        Clients.Refuses<EngineOverloadedException>(() => client.GetStreamingResponseAsync("say", null, Cancellation));
        runner.Permit(1000);
        Assert.NotEmpty((await running).Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ACancelledResponseEndsWithinAStep(bool stops)
    {
        var runner = new GatedRunner(ReferenceRunner(), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        using var client = new PlannedDiffusionChatClient(engine, Clients.Autoregressive(100));
        using var cancel = new CancellationTokenSource();
        Task<ChatResponse> response = client.GetResponseAsync(
            "say", new ChatOptions { StopSequences = stops ? ["never"] : null }, cancel.Token);
        await runner.StepArrives(Cancellation);
        await cancel.CancelAsync();
        runner.Permit();
        var ended = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => response);
        Assert.Equal(cancel.Token, ended.CancellationToken);
        while (engine.Status.Running > 0) await Task.Yield(); // until the step under way is over
        Assert.Single(runner.Steps);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CancelledUpdatesEndWithinAStep(bool atTheCall)
    {
        var runner = new GatedRunner(ReferenceRunner(), permits: 0);
        using PlannedDiffusionEngine engine = Around(runner);
        using var client = new PlannedDiffusionChatClient(engine, Clients.Autoregressive(100));
        using var cancel = new CancellationTokenSource();
        IAsyncEnumerable<ChatResponseUpdate> updates = client.GetStreamingResponseAsync(
            "say", cancellationToken: atTheCall ? cancel.Token : CancellationToken.None);
        await using IAsyncEnumerator<ChatResponseUpdate> reader =
            updates.GetAsyncEnumerator(atTheCall ? CancellationToken.None : cancel.Token);
        ValueTask<bool> next = reader.MoveNextAsync();
        await runner.StepArrives(Cancellation);
        await cancel.CancelAsync();
        runner.Permit();
        var ended = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await next) next = reader.MoveNextAsync(); // what the step under way has settled comes first
        });
        Assert.Equal(cancel.Token, ended.CancellationToken);
        while (engine.Status.Running > 0) await Task.Yield(); // until the step under way is over
        Assert.Single(runner.Steps);
    }
}
