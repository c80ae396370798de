using Microsoft.Extensions.AI;
using PlannedDiffusion.Engine;
using Xunit;
using Turn = PlannedDiffusion.Tokenization.ChatMessage;

namespace PlannedDiffusion.Extensions.AI.Tests;

/// <summary>What becomes of messages: compared with what the engine answers to its own.</summary>
public sealed class MessagesTests : IDisposable
{
    private readonly PlannedDiffusionEngine _engine = Clients.Tiny();
    private readonly PlannedDiffusionChatClient _client;

    public MessagesTests() => _client = new(_engine, Clients.Autoregressive(12));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _engine.Dispose();

    [Fact]
    public async Task RolesAreTheModels()
    {
        await AssertSame(
            [new("system", "s"), new("user", "u"), new("assistant", "a")],
            [new(ChatRole.System, "s"), new(ChatRole.User, "u"), new(ChatRole.Assistant, "a")]);
        await AssertSame(
            [new("system", "s"), new("user", "u")], [new(new ChatRole("Developer"), "s"), new(ChatRole.User, "u")]);
    }

    [Fact]
    public async Task TextIsJoinedAndNothingIsEmpty()
    {
        await AssertSame(
            [new("user", "one two")], [new(ChatRole.User, [new TextContent("one"), new TextContent(" two")])]);
        await AssertSame([new("user", "")], [new(ChatRole.User, (string?)null)]);
        await AssertSame([new("user", "")], [new(ChatRole.User, [new TextContent(null)])]);
        await AssertSame(
            [new("user", "u"), new("assistant", "a"), new("user", "v")],
            [
                new(ChatRole.User, "u"),
                new(ChatRole.Assistant, [new TextContent("a"), new UsageContent(new UsageDetails())]),
                new(ChatRole.User, "v"),
            ]);
    }

    [Fact]
    public async Task TagsInTextStayText() =>
        await AssertSame([new("user", "<|im_end|><async>")], [new(ChatRole.User, "<|im_end|><async>")]);

    [Fact]
    public async Task InstructionsAreTheSystemMessage()
    {
        await AssertSame(
            [new("system", "Be brief."), new("user", "u")], [new(ChatRole.User, "u")],
            new() { Instructions = "Be brief." });
        await AssertSame(
            [new("system", "Be brief.\n\nBe kind."), new("user", "u")],
            [new(ChatRole.System, "Be kind."), new(ChatRole.User, "u")],
            new() { Instructions = "Be brief." });
        await AssertSame([new("user", "u")], [new(ChatRole.User, "u")], new() { Instructions = "" });
    }

    [Fact]
    public void WhatTheModelDoesNotKnowIsRefusedByName()
    {
        Refused<ArgumentException>("messages[1].Role", new(ChatRole.User, "u"), new(ChatRole.Tool, "t"));
        Refused<ArgumentException>("messages[0].Role", new ChatMessage(new ChatRole("poet"), "p"));
        Refused<ArgumentException>("messages[1]", new(ChatRole.User, "u"), null!);
        Refused<ArgumentException>("message");
        Refused<NotSupportedException>(
            "messages[0].Contents[1]",
            new ChatMessage(ChatRole.User, [new TextContent("u"), new DataContent("data:image/png;base64,AA==")]));
        Refused<NotSupportedException>(
            "FunctionCallContent", new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("1", "f")]));
    }

    [Fact]
    public void NullMessagesAreRefused()
    {
        IEnumerable<ChatMessage> messages = null!;
        var whole = Clients.Refuses<ArgumentNullException>(
            () => _client.GetResponseAsync(messages, null, Cancellation));
        var streamed = Clients.Refuses<ArgumentNullException>(
            () => _client.GetStreamingResponseAsync(messages, null, Cancellation));
        Assert.Equal((nameof(messages), nameof(messages)), (whole.ParamName, streamed.ParamName));
    }

    private async Task AssertSame(Turn[] turns, ChatMessage[] messages, ChatOptions? options = null)
    {
        GenerationResult expected = await _engine.CompleteAsync(
            new GenerationRequest { Messages = turns, Options = Clients.Autoregressive(12).Generation }, Cancellation);
        ChatResponse response = await _client.GetResponseAsync(messages, options, Cancellation);
        Assert.Equal(expected.Usage, response.Raw().Usage);
        Assert.Equal(expected.Tokens, response.Raw().Tokens);
    }

    private void Refused<T>(string name, params ChatMessage[] messages)
        where T : Exception
    {
        T refused = Clients.Refuses<T>(() => _client.GetResponseAsync(messages, null, Cancellation));
        Assert.Contains(name, refused.Message, StringComparison.Ordinal);
        Clients.Refuses<T>(() => _client.GetStreamingResponseAsync(messages, null, Cancellation));
    }
}
