using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;
using PlannedDiffusion.Engine;
using Xunit;
using ChatFinishReason = OpenAI.Chat.ChatFinishReason;
using ChatMessage = OpenAI.Chat.ChatMessage;

namespace PlannedDiffusion.Server.Tests;

/// <summary>OpenAI's own client for .NET, and Microsoft.Extensions.AI on top of it.</summary>
public sealed class OpenAIClientTests(DemoServer demo)
{
    private const string Question = "What is gold?";
    private readonly ServerUnderTest _server = demo.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AWholeAnswer()
    {
        GenerationResult expected = await ExpectedAsync();
        ClientResult<ChatCompletion> answer = await Client().CompleteChatAsync(
            [ChatMessage.CreateUserMessage(Question)], cancellationToken: Cancellation);
        Assert.Equal(expected.Text, answer.Value.Content.Single().Text);
        Assert.Equal(ChatFinishReason.Stop, answer.Value.FinishReason);
        Assert.Equal(expected.Usage.Prompt, answer.Value.Usage.InputTokenCount);
        Assert.Equal(expected.Usage.Generated, answer.Value.Usage.OutputTokenCount);
        Assert.Equal(expected.Usage.Plan, answer.Value.Usage.OutputTokenDetails.ReasoningTokenCount);
        Assert.NotEmpty(answer.Value.Id);
        Assert.NotEmpty(answer.Value.SystemFingerprint);
    }

    [Fact]
    public async Task AStreamedAnswer()
    {
        GenerationResult expected = await ExpectedAsync();
        string text = "";
        ChatFinishReason? reason = null;
        ChatTokenUsage? usage = null;
        await foreach (StreamingChatCompletionUpdate update in Client().CompleteChatStreamingAsync(
            [ChatMessage.CreateUserMessage(Question)], cancellationToken: Cancellation))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            reason ??= update.FinishReason;
            usage ??= update.Usage;
        }

        Assert.Equal(expected.Text, text);
        Assert.Equal(ChatFinishReason.Stop, reason);
        Assert.Equal(expected.Usage.Generated, usage!.OutputTokenCount);
    }

    [Fact]
    public async Task ALimitIsTheReason()
    {
        ClientResult<ChatCompletion> answer = await Client().CompleteChatAsync(
            [ChatMessage.CreateSystemMessage("Be brief."), ChatMessage.CreateUserMessage(Question)],
            new ChatCompletionOptions { MaxOutputTokenCount = 30, Temperature = 0, StopSequences = { "zzz" } },
            Cancellation);
        Assert.Equal(ChatFinishReason.Length, answer.Value.FinishReason);
    }

    [Fact]
    public async Task AFullQueueIsWaitedFor()
    {
        await using GatedServer gated = await GatedServer.StartAsync(queue: 0);
        Task<HttpResponseMessage> running = gated.Server.ChatAsync(GatedServer.Chat);
        await gated.ArriveAsync(1, 0, Cancellation);
        var pauses = new Pauses(gated);
        ChatClient client = Client(gated.Server, pauses);
        ClientResult<ChatCompletion> answer = await client.CompleteChatAsync(
            [ChatMessage.CreateUserMessage(Question)], cancellationToken: Cancellation);
        Assert.Equal(ChatFinishReason.Stop, answer.Value.FinishReason);
        Assert.Equal([TimeSpan.FromSeconds(1)], pauses.All); // what Retry-After said
        using HttpResponseMessage first = await running;
    }

    [Fact]
    public async Task ARefusalIsAnExceptionWithItsStatus()
    {
        ClientResultException refused = await Assert.ThrowsAsync<ClientResultException>(
            () => Client().CompleteChatAsync(
                [ChatMessage.CreateUserMessage(Question)], new ChatCompletionOptions { IncludeLogProbabilities = true },
                Cancellation));
        Assert.Equal(400, refused.Status);
        Assert.Contains("logprobs", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnErrorInAStreamIsAnException()
    {
        await using GatedServer gated =
            await GatedServer.StartAsync(server: options => options.Deadline = TimeSpan.FromSeconds(30));
        gated.Gate.Permit(4);
        Task reading = Task.Run(
            async () =>
            {
                await foreach (StreamingChatCompletionUpdate update in Client(gated.Server)
                    .CompleteChatStreamingAsync([ChatMessage.CreateUserMessage(Question)]))
                {
                    gated.Clock.Advance(TimeSpan.FromSeconds(31));
                    gated.Gate.Permit(1_000_000);
                }
            },
            Cancellation);
        await Assert.ThrowsAnyAsync<Exception>(() => reading);
    }

    [Fact]
    public async Task TheModelsAreListed()
    {
        var client = new OpenAIModelClient(new ApiKeyCredential("none"), Options(_server));
        ClientResult<OpenAIModelCollection> models = await client.GetModelsAsync(Cancellation);
        Assert.Equal("demo", Assert.Single(models.Value).Id);
        Assert.Equal("demo", (await client.GetModelAsync("demo", Cancellation)).Value.Id);
    }

    [Fact]
    public async Task AChatClientOfTheExtensions()
    {
        GenerationResult expected = await ExpectedAsync();
        IChatClient client = Client().AsIChatClient();
        ChatResponse response = await client.GetResponseAsync(Question, cancellationToken: Cancellation);
        Assert.Equal(expected.Text, response.Text);
        Assert.Equal(Microsoft.Extensions.AI.ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal(expected.Usage.Plan, response.Usage!.ReasoningTokenCount);
        ChatResponse streamed = await client
            .GetStreamingResponseAsync(Question, cancellationToken: Cancellation).ToChatResponseAsync(Cancellation);
        Assert.Equal(expected.Text, streamed.Text);
        Assert.Equal(expected.Usage.Generated, streamed.Usage!.OutputTokenCount);
    }

    private ChatClient Client() => Client(_server);

    private static ChatClient Client(ServerUnderTest server, PipelinePolicy? retries = null)
    {
        OpenAIClientOptions options = Options(server);
        if (retries is not null) options.RetryPolicy = retries;
        return new ChatClient("demo", new ApiKeyCredential("none"), options);
    }

    private static OpenAIClientOptions Options(ServerUnderTest server) =>
        new() { Endpoint = new Uri(server.Address, "v1") };

    private Task<GenerationResult> ExpectedAsync() =>
        _server.Engine.CompleteAsync(GenerationRequest.FromUser(Question), Cancellation);

    /// <summary>The client's own rules for retries, without their pauses: the engine goes on instead.</summary>
    private sealed class Pauses(GatedServer gated) : ClientRetryPolicy
    {
        public List<TimeSpan> All { get; } = [];

        protected override async Task WaitAsync(TimeSpan time, CancellationToken cancellationToken)
        {
            All.Add(time);
            gated.Gate.Permit(1_000_000);
            await gated.ArriveAsync(0, 0, cancellationToken);
        }
    }
}
