using System.Diagnostics;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Extensions.AI.Tests;

/// <summary>The demo checkpoint behind .NET's AI libraries, through their public entry points.</summary>
public sealed class EcosystemTests(Demo demo) : IClassFixture<Demo>
{
    private const string Question = "What is gold?";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenTelemetryTracesRequestsWithUsage()
    {
        var activities = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == nameof(OpenTelemetryTracesRequestsWithUsage),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using IChatClient client = demo.Engine.AsIChatClient("demo").AsBuilder()
            .UseOpenTelemetry(sourceName: nameof(OpenTelemetryTracesRequestsWithUsage)).Build();
        ChatResponse response = await client.GetResponseAsync(Question, cancellationToken: Cancellation);
        await client.GetStreamingResponseAsync(Question, cancellationToken: Cancellation)
            .ToChatResponseAsync(Cancellation);
        Assert.Equal(2, activities.Count);
        foreach (Activity activity in activities)
        {
            Assert.Equal("chat demo", activity.DisplayName);
            Assert.Equal("planned-diffusion", activity.GetTagItem("gen_ai.provider.name"));
            Assert.Equal("demo", activity.GetTagItem("gen_ai.response.model"));
            Assert.Equal((int)response.Usage!.OutputTokenCount!, activity.GetTagItem("gen_ai.usage.output_tokens"));
        }
    }

    [Fact]
    public async Task ADistributedCacheAnswersTheSecondTime()
    {
        using IChatClient client = demo.Engine.AsIChatClient("demo").AsBuilder()
            .UseDistributedCache(new MemoryCache()).Build();
        var options = new ChatOptions { Temperature = 0.8f }; // answers would differ
        ChatResponse first = await client.GetResponseAsync(Question, options, Cancellation);
        ChatResponse second = await client.GetResponseAsync(Question, options, Cancellation);
        Assert.Equal((first.ResponseId, first.Text), (second.ResponseId, second.Text));
        Assert.Equal(first.Usage!.ReasoningTokenCount, second.Usage!.ReasoningTokenCount);
        List<ChatResponseUpdate> streamed =
            await client.GetStreamingResponseAsync(Question, options, Cancellation).ToListAsync(Cancellation);
        List<ChatResponseUpdate> again =
            await client.GetStreamingResponseAsync(Question, options, Cancellation).ToListAsync(Cancellation);
        Assert.Equal(streamed[0].ResponseId, again[0].ResponseId);
        Assert.Equal(streamed.ToChatResponse().Text, again.ToChatResponse().Text);
    }

    [Fact]
    public async Task ContainersResolveTheClient()
    {
        var services = new ServiceCollection();
        services.AddChatClient(demo.Engine.AsIChatClient("demo")).UseFunctionInvocation();
        await using ServiceProvider provider = services.BuildServiceProvider();
        IChatClient client = provider.GetRequiredService<IChatClient>();
        Assert.Same(demo.Engine, client.GetService<PlannedDiffusionEngine>());
        Assert.Equal(await Expected(), (await client.GetResponseAsync(Question, cancellationToken: Cancellation)).Text);
    }

    [Fact]
    public async Task SemanticKernelInvokesAPrompt()
    {
        IKernelBuilder builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(demo.Engine.AsIChatClient());
        Kernel kernel = builder.Build();
        FunctionResult result = await kernel.InvokePromptAsync(
            "What is {{$thing}}?", new KernelArguments { ["thing"] = "gold" }, cancellationToken: Cancellation);
        Assert.Equal(await Expected(), result.ToString());
    }

    [Fact]
    public async Task SemanticKernelStreamsAChat()
    {
        IChatCompletionService service = demo.Engine.AsIChatClient().AsChatCompletionService();
        var text = new System.Text.StringBuilder();
        await foreach (StreamingChatMessageContent content in service.GetStreamingChatMessageContentsAsync(
            new ChatHistory([new(AuthorRole.User, Question)]), cancellationToken: Cancellation))
            text.Append(content.Content);
        Assert.Equal(await Expected(), text.ToString());
    }

    [Fact]
    public async Task AnAgentKeepsAConversation()
    {
        var agent = new ChatClientAgent(demo.Engine.AsIChatClient("demo"), name: "Guide");
        AgentSession session = await agent.CreateSessionAsync(Cancellation);
        AgentResponse first = await agent.RunAsync(Question, session, cancellationToken: Cancellation);
        Assert.Equal(await Expected(), first.Text);
        Assert.True(first.Usage!.ReasoningTokenCount > 0);
        var text = new System.Text.StringBuilder();
        await foreach (AgentResponseUpdate update in agent.RunStreamingAsync(
            "And silver?", session, cancellationToken: Cancellation))
            text.Append(update.Text);
        GenerationResult expected = await demo.Engine.CompleteAsync(
            new GenerationRequest
            {
                Messages = [new("user", Question), new("assistant", first.Text), new("user", "And silver?")],
            },
            Cancellation);
        Assert.Equal(expected.Text, text.ToString());
    }

    [Fact]
    public async Task AnAgentsInstructionsAreTheSystemMessage()
    {
        var agent = new ChatClientAgent(demo.Engine.AsIChatClient(), instructions: "Answer in one word.");
        AgentResponse response = await agent.RunAsync(Question, cancellationToken: Cancellation);
        GenerationResult expected = await demo.Engine.CompleteAsync(
            GenerationRequest.FromUser(Question) with { SystemPrompt = "Answer in one word." }, Cancellation);
        Assert.Equal(expected.Text, response.Text);
        Assert.Equal(expected.Usage.Prompt, response.Usage!.InputTokenCount);
    }

    private async Task<string> Expected() =>
        (await demo.Engine.CompleteAsync(GenerationRequest.FromUser(Question), Cancellation)).Text;
}
