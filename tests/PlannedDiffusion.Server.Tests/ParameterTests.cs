using System.Text.Json;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>The fields of a body, and what they do to the answer.</summary>
public sealed class ParameterTests(DemoServer demo)
{
    private const string Question = "What is gold?";
    private readonly ServerUnderTest _server = demo.Server;

    [Theory]
    [InlineData(""" "max_tokens":60 """)]
    [InlineData(""" "max_completion_tokens":60 """)]
    [InlineData(""" "max_tokens":5000,"max_completion_tokens":60 """)]
    public async Task ALimitCutsTheAnswerAndCountsThePlan(string field)
    {
        JsonElement answer = await AnswerAsync(field);
        Assert.Equal("length", Reason(answer));
        Assert.InRange(Usage(answer, "completion_tokens"), 1, 60);
    }

    [Fact]
    public async Task ALimitInsideThePlanLeavesNoText()
    {
        JsonElement answer = await AnswerAsync(""" "max_tokens":3 """);
        Assert.Equal("", Text(answer));
        Assert.Equal("length", Reason(answer));
        Assert.Equal(3, Usage(answer, "completion_tokens"));
        List<JsonElement> chunks = await StreamAsync(""" "max_tokens":3 """);
        Assert.Equal(2, chunks.Count);
        Assert.Equal("length", chunks[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task MoreThanTheContextHasLeftIsClipped()
    {
        JsonElement whole = await AnswerAsync(""" "max_tokens":9000000000 """);
        Assert.Equal("stop", Reason(whole));
        Assert.Equal((await EngineAsync()).Text, Text(whole));
    }

    [Theory]
    [InlineData("\"chemical\"")]
    [InlineData("[\"nothing\",\"chemical\"]")]
    public async Task AStopStringEndsTheTextBeforeIt(string stop)
    {
        string full = (await EngineAsync()).Text;
        JsonElement answer = await AnswerAsync($"\"stop\":{stop}");
        string expected = full[..full.IndexOf("chemical", StringComparison.Ordinal)];
        Assert.Equal(expected, Text(answer));
        Assert.Equal("stop", Reason(answer));
        List<JsonElement> chunks = await StreamAsync($"\"stop\":{stop}");
        Assert.Equal(expected, StreamedText(chunks, 0));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    public async Task NoStopStringIsNoStopString(string stop) =>
        Assert.Equal((await EngineAsync()).Text, Text(await AnswerAsync($"\"stop\":{stop}")));

    [Fact]
    public async Task SeveralAnswersHaveSeedsOneAfterTheOther()
    {
        const string Sampled = """ "temperature":0.9,"seed":7,"n":3,"planned":{} """;
        JsonElement answer = await AnswerAsync(Sampled);
        JsonElement[] choices = [.. answer.GetProperty("choices").EnumerateArray()];
        Assert.Equal([0, 1, 2], choices.Select(choice => choice.GetProperty("index").GetInt32()));
        Assert.Equal(
            [7L, 8, 9],
            answer.GetProperty("planned").EnumerateArray().Select(one => one.GetProperty("seed").GetInt64()));
        int tokens = 0;
        for (int i = 0; i < 3; i++)
        {
            GenerationResult alone = await EngineAsync(new GenerationOptions
            {
                Temperature = 0.9f,
                Seed = 7 + (ulong)i,
                MaxLength = int.MaxValue,
                MaxNewTokens = 1024,
            });
            Assert.Equal(alone.Text, choices[i].GetProperty("message").GetProperty("content").GetString());
            tokens += alone.Usage.Generated;
        }

        Assert.Equal(tokens, Usage(answer, "completion_tokens"));
        Assert.Equal((await EngineAsync()).Usage.Prompt, Usage(answer, "prompt_tokens")); // once

        List<JsonElement> chunks = await StreamAsync(Sampled);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(
                choices[i].GetProperty("message").GetProperty("content").GetString(), StreamedText(chunks, i));
        }
    }

    [Fact]
    public async Task AnAnswerThatIsSampledWithoutASeedGetsOne()
    {
        using HttpResponseMessage first = await _server.ChatAsync(Body(""" "temperature":1,"planned":{} """));
        string seed = first.Headers.GetValues("x-pd-seed").Single();
        JsonElement answer = await first.JsonAsync();
        Assert.Equal(seed, answer.GetProperty("planned")[0].GetProperty("seed").GetRawText());
        JsonElement again = await AnswerAsync($"\"temperature\":1,\"seed\":{seed}");
        Assert.Equal(Text(answer), Text(again));
        using HttpResponseMessage second = await _server.ChatAsync(Body(""" "temperature":1 """));
        Assert.NotEqual(seed, second.Headers.GetValues("x-pd-seed").Single());
        using HttpResponseMessage greedy = await _server.ChatAsync(Body(""" "temperature":0 """));
        Assert.False(greedy.Headers.Contains("x-pd-seed"));
    }

    [Fact]
    public async Task RolesAndPartsBecomeTheEnginesConversation()
    {
        const string Parts = """
            {"messages":[
              {"role":"developer","content":"Be brief."},
              {"role":"user","content":[{"type":"text","text":"What is "},{"type":"text","text":"gold?"}]},
              {"role":"assistant","content":null},
              {"role":"user","content":"Go on.","name":"somebody"}]}
            """;
        using HttpResponseMessage response = await _server.ChatAsync(Parts);
        var request = new GenerationRequest
        {
            Messages = [new("system", "Be brief."), new("user", Question), new("assistant", ""), new("user", "Go on.")],
        };
        GenerationResult expected =
            await _server.Engine.CompleteAsync(request, TestContext.Current.CancellationToken);
        JsonElement answer = await response.JsonAsync();
        Assert.Equal(expected.Text, Text(answer));
        Assert.Equal(expected.Usage.Prompt, Usage(answer, "prompt_tokens"));
    }

    [Fact]
    public async Task UsageComesLastIfAskedFor()
    {
        List<JsonElement> chunks = await StreamAsync(""" "stream_options":{"include_usage":true} """);
        Assert.All(chunks[..^1], chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
        Assert.Empty(chunks[^1].GetProperty("choices").EnumerateArray());
        Assert.Equal((await EngineAsync()).Usage.Generated, Usage(chunks[^1], "completion_tokens"));
    }

    [Fact]
    public async Task NoOpsAreAccepted()
    {
        JsonElement answer = await AnswerAsync("""
            "logprobs":false,"top_logprobs":0,"tools":[],"tool_choice":"none","response_format":{"type":"text"},
            "presence_penalty":0,"frequency_penalty":0,"logit_bias":{},"n":1,"store":true,"metadata":{"a":"b"},
            "user":"u","stream":false,"stop":null,"seed":null,"temperature":null,"modalities":["text"],
            "service_tier":"auto","parallel_tool_calls":true,"reasoning_effort":"low"
            """);
        Assert.Equal((await EngineAsync()).Text, Text(answer));
    }

    [Fact]
    public async Task EveryAnswerTellsTheLoad()
    {
        using HttpResponseMessage response = await _server.ChatAsync(Body(""" "max_tokens":1 """));
        Assert.Matches("^running=[0-9]+,waiting=[0-9]+$", response.Headers.GetValues("x-pd-load").Single());
        await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using HttpResponseMessage loads = await _server.Client.GetAsync(
            new Uri("/v1/loads", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.True((await loads.JsonAsync()).GetProperty("step_us").GetInt64() > 0);
    }

    private async Task<JsonElement> AnswerAsync(string fields)
    {
        using HttpResponseMessage response = await _server.ChatAsync(Body(fields));
        JsonElement answer = await response.JsonAsync();
        Assert.True(response.IsSuccessStatusCode, answer.GetRawText());
        return answer;
    }

    private async Task<List<JsonElement>> StreamAsync(string fields)
    {
        using HttpResponseMessage response = await _server.ChatAsync(Body(fields + ",\"stream\":true"));
        return await response.ChunksAsync();
    }

    private Task<GenerationResult> EngineAsync(GenerationOptions? options = null) => _server.Engine.CompleteAsync(
        GenerationRequest.FromUser(Question, options), TestContext.Current.CancellationToken);

    private static string Body(string fields) =>
        $$"""{"messages":[{"role":"user","content":"{{Question}}"}],{{fields}}}""";

    private static string? Text(JsonElement answer) =>
        answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();

    private static string? Reason(JsonElement answer) =>
        answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString();

    private static int Usage(JsonElement answer, string name) =>
        answer.GetProperty("usage").GetProperty(name).GetInt32();

    private static string StreamedText(List<JsonElement> chunks, int choice) => string.Concat(chunks
        .SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray())
        .Where(one => one.GetProperty("index").GetInt32() == choice)
        .Select(one => one.GetProperty("delta").TryGetProperty("content", out JsonElement text)
            ? text.GetString()
            : null));
}
