using Microsoft.Extensions.AI;
using PlannedDiffusion.Engine;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Extensions.AI.Tests;

/// <summary>What becomes of <see cref="ChatOptions"/>, compared with the engine and its own options.</summary>
public sealed class ChatOptionsTests : IDisposable
{
    private readonly PlannedDiffusionEngine _engine = Clients.Tiny();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _engine.Dispose();

    [Fact]
    public async Task EachOptionCounts()
    {
        var options = new ChatOptions
        {
            Temperature = 1.5f,
            TopP = 0.4f,
            TopK = 50,
            Seed = -3,
            MaxOutputTokens = 12,
            ModelId = "any",
        };
        GenerationOptions own = Clients.Autoregressive(12).Generation with
        {
            Temperature = 1.5f,
            TopP = 0.4f,
            TopK = 50,
            Seed = unchecked((ulong)-3),
        };
        await AssertSame(own, Clients.Autoregressive(40), options);
        foreach (GenerationOptions other in (GenerationOptions[])[
            own with { Temperature = 0 }, own with { TopP = 1 }, own with { TopK = 1 }, own with { Seed = 3 }])
            Assert.NotEqual(await Tokens(own), await Tokens(other));
    }

    [Fact]
    public async Task WhereTheySayNothingTheClientsOptionsCount()
    {
        PlannedDiffusionChatClientOptions client = Clients.Autoregressive(9);
        client = client with { Generation = client.Generation with { Temperature = 1, Seed = 7, TopK = 20 } };
        await AssertSame(client.Generation, client, null);
        await AssertSame(client.Generation, client, new ChatOptions());
        await AssertSame(client.Generation with { Temperature = 0 }, client, new ChatOptions { Temperature = 0 });
        await AssertSame(client.Generation with { Seed = 0 }, client, new ChatOptions { Seed = 0 });
    }

    [Fact]
    public async Task TheRawOptionsComeFirstAndTheRestIsFilled()
    {
        GenerationOptions raw = Clients.Autoregressive(9).Generation with { Temperature = 1, Seed = 7 };
        var options = new ChatOptions
        {
            RawRepresentationFactory = _ => raw,
            Temperature = 2,
            Seed = 8,
            TopK = 20,
            MaxOutputTokens = 5,
        };
        await AssertSame(raw with { TopK = 20 }, new(), options);
        await AssertSame(
            raw with { TopK = 20, MaxNewTokens = 5 }, new(),
            options.With(o => o.RawRepresentationFactory = _ => raw with { MaxNewTokens = null }));
        await AssertSame(
            raw with { TopK = 20 }, new(),
            options.With(o => o.RawRepresentationFactory = _ => new GenerationRequest { Options = raw }));
        await AssertSame( // another library's object
            raw, Clients.Autoregressive(9),
            new() { RawRepresentationFactory = _ => "other", Temperature = 1, Seed = 7 });
    }

    [Fact]
    public async Task ARawRequestMayBringAPlanAndASystemPrompt()
    {
        using IChatClient client = _engine.AsIChatClient();
        object? given = null;
        var raw = new GenerationRequest { Plan = [new PlanItem("first", 4), new PlanItem("second", 6)] };
        ChatResponse response = await client.GetResponseAsync("say", Raw(raw), Cancellation);
        Assert.Same(client, given);
        Assert.Equal(raw.Plan, response.Raw().Rounds[0].Spans.Select(span => new PlanItem(span.Topic, span.Length)));

        raw = new GenerationRequest { SystemPrompt = "its own", Options = Clients.Autoregressive(9).Generation };
        ChatOptions options = Raw(raw);
        options.Instructions = "others";
        response = await client.GetResponseAsync("say", options, Cancellation);
        GenerationResult expected = await _engine.CompleteAsync(
            raw with { Messages = [new("user", "say")] }, Cancellation);
        Assert.Equal(expected.Tokens, response.Raw().Tokens);

        raw = new GenerationRequest { Prompt = "a prompt" };
        var refused = Clients.Refuses<ArgumentException>(() => client.GetResponseAsync("say", Raw(raw), Cancellation));
        Assert.Contains("RawRepresentationFactory", refused.Message, StringComparison.Ordinal);

        ChatOptions Raw(GenerationRequest request) => new()
        {
            RawRepresentationFactory = asked =>
            {
                given = asked;
                return request;
            },
        };
    }

    [Fact]
    public async Task OptionsAreNotChanged()
    {
        using var client = new PlannedDiffusionChatClient(_engine, Clients.Autoregressive(4));
        var options = new ChatOptions { Temperature = 1, StopSequences = ["?"], Instructions = "Be brief." };
        List<ChatMessage> messages = [new(ChatRole.User, "say")];
        await client.GetResponseAsync(messages, options, Cancellation);
        Assert.Equal((1, null, null), (options.Temperature, options.Seed, options.MaxOutputTokens));
        Assert.Equal(["?"], options.StopSequences);
        Assert.Equal("say", Assert.Single(messages).Text);
    }

    [Fact]
    public async Task ASampledAnswerWithoutASeedNamesItsOwn()
    {
        using var client = new PlannedDiffusionChatClient(_engine, Clients.Autoregressive(20));
        var options = new ChatOptions { Temperature = 1 };
        ChatResponse first = await client.GetResponseAsync("say", options, Cancellation);
        ChatResponse second = await client.GetStreamingResponseAsync("say", options, Cancellation)
            .ToChatResponseAsync(Cancellation);
        Assert.NotEqual(first.Text, second.Text);
        foreach (ChatResponse response in (ChatResponse[])[first, second])
        {
            var seed = (long)response.Messages[0].AdditionalProperties![PlannedDiffusionChatClient.SeedProperty]!;
            ChatResponse again =
                await client.GetResponseAsync("say", options.With(o => o.Seed = seed), Cancellation);
            Assert.Equal(response.Text, again.Text);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100_000)]
    public async Task TheTokensOfAnAnswerAreBounded(int most)
    {
        using var client = new PlannedDiffusionChatClient(_engine, Clients.Autoregressive(40));
        ChatResponse response =
            await client.GetResponseAsync("say", new ChatOptions { MaxOutputTokens = most }, Cancellation);
        int room = _engine.Limits.MaxPositions - response.Raw().Usage.Prompt;
        Assert.Equal(Math.Min(most, room), response.Usage!.OutputTokenCount);
        Assert.Equal(ChatFinishReason.Length, response.FinishReason);
    }

    [Fact]
    public async Task AnAnswerMayBeLongerThanTheUsualLength()
    {
        const int most = GenerationOptions.DefaultMaxLength + 100;
        using PlannedDiffusionEngine engine = TinyEngines.Around(
            new IdleRunner(TinyEngines.Config, TinyEngines.Limits with { MaxPositions = 1500 }, answer: 'a'));
        using var client = new PlannedDiffusionChatClient(
            engine, new() { Generation = new() { Decoding = new AutoregressiveOptions() } });
        ChatResponse response =
            await client.GetResponseAsync("say", new ChatOptions { MaxOutputTokens = most }, Cancellation);
        Assert.Equal(most, response.Usage!.OutputTokenCount);
    }

    [Fact]
    public void WhatTheModelCannotDoIsRefusedByName()
    {
        AITool tool = AIFunctionFactory.Create(() => 1, "one");
        Refused(new() { ResponseFormat = ChatResponseFormat.Json }, "ResponseFormat");
        Refused(new() { ResponseFormat = ChatResponseFormat.ForJsonSchema<int>() }, "ResponseFormat");
        Refused(new() { FrequencyPenalty = 0.1f }, "FrequencyPenalty");
        Refused(new() { PresencePenalty = -1 }, "PresencePenalty");
        Refused(new() { ConversationId = "1" }, "ConversationId");
        Refused(new() { Tools = [tool] }, "Tools");
        Refused(new() { Tools = [tool], ToolMode = ChatToolMode.Auto }, "Tools");
        Refused(new() { ToolMode = ChatToolMode.RequireAny }, "ToolMode");

        void Refused(ChatOptions options, string name) =>
            Refuses<NotSupportedException>(options, $"ChatOptions.{name}");
    }

    [Fact]
    public void WhatIsOutOfRangeIsRefusedByName()
    {
        Refuses<ArgumentException>(new() { MaxOutputTokens = 0 }, "ChatOptions.MaxOutputTokens");
        Refuses<ArgumentException>(new() { Temperature = -1 }, "Temperature");
        Refuses<ArgumentException>(new() { TopP = 0 }, "TopP");
        Refuses<ArgumentException>(new() { TopK = -1 }, "TopK");
        Refuses<ArgumentException>(new() { StopSequences = ["a", ""] }, "ChatOptions.StopSequences");
        Refuses<ArgumentException>(new() { StopSequences = ["a", "b", "c", "d", "e"] }, "ChatOptions.StopSequences");
        Refuses<ArgumentException>(new() { ModelId = "another" }, "ChatOptions.ModelId");
    }

    [Fact]
    public async Task WhatChangesNothingIsTaken()
    {
        AITool tool = AIFunctionFactory.Create(() => 1, "one");
        PlannedDiffusionChatClientOptions client = Clients.Autoregressive(4) with { ModelId = "tiny" };
        await AssertSame(client.Generation, client, new()
        {
            ResponseFormat = ChatResponseFormat.Text,
            FrequencyPenalty = 0,
            PresencePenalty = 0,
            Tools = [tool],
            ToolMode = ChatToolMode.None,
            StopSequences = [],
            ModelId = "tiny",
            Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High },
        });
        await AssertSame(client.Generation, client, new() { Tools = [] });
        await AssertSame(
            client.Generation, client with { IgnoreTools = true },
            new() { Tools = [tool], ToolMode = ChatToolMode.RequireAny });
    }

    /// <summary>The client answers as the engine does with its own options, whole and streamed.</summary>
    private async Task AssertSame(
        GenerationOptions own, PlannedDiffusionChatClientOptions clientOptions, ChatOptions? options)
    {
        using var client = new PlannedDiffusionChatClient(_engine, clientOptions);
        int[] expected = await Tokens(own);
        Assert.Equal(expected, (await client.GetResponseAsync("say", options, Cancellation)).Raw().Tokens);
        ChatResponseUpdate last =
            await client.GetStreamingResponseAsync("say", options, Cancellation).LastAsync(Cancellation);
        Assert.Equal(expected, Assert.IsType<Completed>(last.RawRepresentation).Result.Tokens);
    }

    private async Task<int[]> Tokens(GenerationOptions options) =>
        [.. (await _engine.CompleteAsync(GenerationRequest.FromUser("say", options), Cancellation)).Tokens];

    private void Refuses<T>(ChatOptions options, string name)
        where T : Exception
    {
        using IChatClient client = _engine.AsIChatClient("tiny");
        T whole = Clients.Refuses<T>(() => client.GetResponseAsync("say", options, Cancellation));
        Assert.Contains(name, whole.Message, StringComparison.Ordinal);
        T streamed = Clients.Refuses<T>(() => client.GetStreamingResponseAsync("say", options, Cancellation));
        Assert.Equal(whole.Message, streamed.Message);
    }
}

/// <summary>Changed copies of options.</summary>
internal static class ChatOptionsExtensions
{
    /// <summary>A copy with a change.</summary>
    public static ChatOptions With(this ChatOptions options, Action<ChatOptions> change)
    {
        ChatOptions copy = options.Clone();
        change(copy);
        return copy;
    }
}
