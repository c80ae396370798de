using System.ClientModel;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using OpenAI.Responses;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary><c>/v1/responses</c> with OpenAI's client for .NET, and with it as an <see cref="IChatClient"/>.</summary>
[Experimental("OPENAI001")] // as the client is
public sealed class ResponsesClientTests(DemoServer demo)
{
    private const string Question = "What is gold?";

    private readonly ResponsesClient _client = new(
        new ApiKeyCredential("none"),
        new ResponsesClientOptions { Endpoint = new Uri(demo.Server.Address, "/v1") });

    [Fact]
    public async Task TheClientReadsAWholeAnswer()
    {
        GenerationResult expected = await ExpectedAsync();
        ResponseResult answer = await _client.CreateResponseAsync(
            "demo", Question, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(expected.Text, answer.GetOutputText());
        Assert.Equal(ResponseStatus.Completed, answer.Status);
        Assert.Equal(expected.Usage.Generated, answer.Usage.OutputTokenCount);
        Assert.Equal(expected.Usage.Plan, answer.Usage.OutputTokenDetails.ReasoningTokenCount);
    }

    [Fact]
    public async Task TheClientReadsAStream()
    {
        GenerationResult expected = await ExpectedAsync();
        List<StreamingResponseUpdate> updates = [];
        await foreach (StreamingResponseUpdate update in _client.CreateResponseStreamingAsync(
            "demo", Question, cancellationToken: TestContext.Current.CancellationToken))
            updates.Add(update);
        Assert.Equal(
            [
                typeof(StreamingResponseCreatedUpdate), typeof(StreamingResponseInProgressUpdate),
                typeof(StreamingResponseOutputItemAddedUpdate), typeof(StreamingResponseContentPartAddedUpdate),
                typeof(StreamingResponseOutputTextDeltaUpdate), typeof(StreamingResponseOutputTextDoneUpdate),
                typeof(StreamingResponseContentPartDoneUpdate), typeof(StreamingResponseOutputItemDoneUpdate),
                typeof(StreamingResponseCompletedUpdate),
            ],
            updates.Select(update => update.GetType()).Distinct());
        Assert.Equal(
            expected.Text,
            string.Concat(updates.OfType<StreamingResponseOutputTextDeltaUpdate>().Select(update => update.Delta)));
        Assert.Equal(
            expected.Text, updates.OfType<StreamingResponseCompletedUpdate>().Single().Response.GetOutputText());
    }

    [Fact]
    public async Task TheChatClientOfTheAbstractionsReadsBoth()
    {
        GenerationResult expected = await ExpectedAsync();
        using IChatClient client = _client.AsIChatClient("demo");
        ChatResponse whole =
            await client.GetResponseAsync(Question, cancellationToken: TestContext.Current.CancellationToken);
        ChatResponse streamed = await client.GetStreamingResponseAsync(
            Question, cancellationToken: TestContext.Current.CancellationToken)
            .ToChatResponseAsync(TestContext.Current.CancellationToken);
        Assert.All([whole, streamed], answer =>
        {
            Assert.Equal(expected.Text, answer.Text);
            Assert.NotEqual(ChatFinishReason.Length, answer.FinishReason); // it is null where nothing was cut
            Assert.Equal(expected.Usage.Plan, answer.Usage!.ReasoningTokenCount);
        });
        var bounded = new ChatOptions { MaxOutputTokens = 3 };
        ChatResponse cut = await client.GetResponseAsync(
            Question, bounded, TestContext.Current.CancellationToken);
        Assert.Equal(ChatFinishReason.Length, cut.FinishReason);
        Assert.Equal("", cut.Text);
    }

    [Fact]
    public async Task WhatIsRefusedThrows()
    {
        using IChatClient client = _client.AsIChatClient("demo");
        var options = new ChatOptions { ConversationId = "resp_1" };
        ClientResultException refusal = await Assert.ThrowsAsync<ClientResultException>(() => client.GetResponseAsync(
            Question, options, TestContext.Current.CancellationToken));
        Assert.Equal(400, refusal.Status);
        Assert.Contains("previous_response_id", refusal.Message, StringComparison.Ordinal);
    }

    private Task<GenerationResult> ExpectedAsync() => demo.Server.Engine.CompleteAsync(
        GenerationRequest.FromUser(Question), TestContext.Current.CancellationToken);
}
