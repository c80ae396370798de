using System.Net;
using System.Text.Json;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary><c>/v1/responses</c> as it is on the wire.</summary>
public sealed class ResponsesTests(DemoServer demo)
{
    private const string Path = "/v1/responses";
    private const string Question = "What is gold?";

    private static readonly string[] Order =
    [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
        "response.output_text.delta", "response.output_text.done", "response.content_part.done",
        "response.output_item.done", "response.completed",
    ];

    private readonly ServerUnderTest _server = demo.Server;

    [Fact]
    public async Task AWholeAnswerIsTheEngines()
    {
        GenerationResult expected = await ExpectedAsync();
        JsonElement answer = await AnswerAsync($$"""{"input":"{{Question}}","store":true,"metadata":{"a":"b"} }""");
        Assert.StartsWith("resp_", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("response", answer.GetProperty("object").GetString());
        Assert.Equal("completed", answer.GetProperty("status").GetString());
        Assert.Equal("demo", answer.GetProperty("model").GetString());
        Assert.False(answer.GetProperty("store").GetBoolean());
        AssertText(expected.Text, answer);
        JsonElement usage = answer.GetProperty("usage");
        Assert.Equal(expected.Usage.Prompt, usage.GetProperty("input_tokens").GetInt32());
        Assert.Equal(expected.Usage.Generated, usage.GetProperty("output_tokens").GetInt32());
        Assert.Equal(
            expected.Usage.Plan, usage.GetProperty("output_tokens_details").GetProperty("reasoning_tokens").GetInt32());
    }

    /// <summary>The same conversation in all the forms that clients send.</summary>
    [Theory]
    [InlineData("""[{"role":"user","content":"What is gold?"}]""")]
    [InlineData(
        """
        [{"type":"message","role":"user","content":[
          {"type":"input_text","text":"What is "},{"type":"input_text","text":"gold?"}]}]
        """)]
    [InlineData("""[{"type":"reasoning","id":"rs_1","summary":[]},{"role":"user","content":"What is gold?"}]""")]
    public async Task InputMayBeItems(string input)
    {
        GenerationResult expected = await ExpectedAsync();
        AssertText(expected.Text, await AnswerAsync($$"""{"input":{{input}}}"""));
    }

    [Fact]
    public async Task InstructionsAreTheSystemMessage()
    {
        GenerationResult expected = await ExpectedAsync(new GenerationRequest
        {
            Messages =
            [
                new("system", "Answer without a plan."), new("user", "Hello"), new("assistant", "Yes?"),
                new("user", Question),
            ],
            Options = new GenerationOptions { Decoding = new AutoregressiveOptions() },
        });
        JsonElement answer = await AnswerAsync(
            """
            {"instructions":"Answer without a plan.","planned":{"decoder":"ar"},"input":[
              {"role":"user","content":"Hello"},{"role":"assistant","content":[{"type":"output_text","text":"Yes?"}]},
              {"role":"user","content":"What is gold?"}]}
            """);
        AssertText(expected.Text, answer);
        Assert.Equal("Answer without a plan.", answer.GetProperty("instructions").GetString());
    }

    [Fact]
    public async Task AStreamHasItsEventsInOrder()
    {
        GenerationResult expected = await ExpectedAsync();
        List<(string Name, JsonElement Data)> events =
            await StreamAsync($$"""{"input":"{{Question}}","stream":true}""");
        Assert.All(events, (one, i) =>
        {
            Assert.Equal(one.Name, one.Data.GetProperty("type").GetString());
            Assert.Equal(i, one.Data.GetProperty("sequence_number").GetInt32());
        });
        Assert.Equal(Order, events.Select(one => one.Name).Distinct());
        Assert.Equal(
            expected.Text,
            string.Concat(events.Where(one => one.Name == "response.output_text.delta")
                .Select(one => one.Data.GetProperty("delta").GetString())));
        Assert.Equal(expected.Text, events[^4].Data.GetProperty("text").GetString());
        AssertText(expected.Text, events[^1].Data.GetProperty("response"));
        string item = events[2].Data.GetProperty("item").GetProperty("id").GetString()!;
        Assert.All(events[3..^2], one => Assert.Equal(item, one.Data.GetProperty("item_id").GetString()));
        Assert.Equal(JsonValueKind.Null, events[0].Data.GetProperty("response").GetProperty("usage").ValueKind);
        Assert.Equal(
            expected.Usage.Generated,
            events[^1].Data.GetProperty("response").GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    /// <summary>A limit that ends the answer inside the plan: no text, and the reason.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ALimitMakesItIncomplete(bool streams)
    {
        string body = $$"""{"input":"{{Question}}","max_output_tokens":3,"stream":{{(streams ? "true" : "false")}}}""";
        JsonElement answer;
        if (streams)
        {
            List<(string Name, JsonElement Data)> events = await StreamAsync(body);
            Assert.Equal(
                [.. Order.Where(name => name is not ("response.output_text.delta" or "response.completed")),
                    "response.incomplete"],
                events.Select(one => one.Name));
            answer = events[^1].Data.GetProperty("response");
        }
        else
        {
            answer = await AnswerAsync(body);
        }

        Assert.Equal("incomplete", answer.GetProperty("status").GetString());
        Assert.Equal("max_output_tokens", answer.GetProperty("incomplete_details").GetProperty("reason").GetString());
        AssertText("", answer);
    }

    [Theory]
    [InlineData("""{"input":"q","previous_response_id":"resp_1"}""", "previous_response_id")]
    [InlineData("""{"input":"q","conversation":"conv_1"}""", "conversation")]
    [InlineData("""{"input":"q","background":true}""", "background")]
    [InlineData("""{"prompt":{"id":"pmpt_1"}}""", "prompt")]
    [InlineData("""{"input":"q","tools":[{"type":"web_search"}]}""", "tools")]
    [InlineData("""{"input":"q","tool_choice":"required"}""", "tool_choice")]
    [InlineData("""{"input":"q","text":{"format":{"type":"json_object"}}}""", "text.format")]
    [InlineData("""{"input":"q","top_logprobs":3}""", "top_logprobs")]
    [InlineData("""{"input":"q","max_output_tokens":0}""", "max_output_tokens")]
    [InlineData("""{"input":"q","temperature":-1}""", "temperature")]
    [InlineData("""{}""", "input")]
    [InlineData("""{"input":[]}""", "input")]
    [InlineData("""{"input":7}""", "input")]
    [InlineData("""{"input":["q"]}""", "input[0]")]
    [InlineData("""{"input":[{"type":"item_reference","id":"x"}]}""", "input[0].type")]
    [InlineData("""{"input":[{"type":"function_call_output","output":"x"}]}""", "input[0].type")]
    [InlineData("""{"input":[{"role":"tool","content":"x"}]}""", "input[0].role")]
    [InlineData(
        """{"input":[{"role":"user","content":[{"type":"input_image","image_url":"x"}]}]}""",
        "input[0].content[0].type")]
    public async Task WhatItCannotDoIsRefusedByName(string body, string param)
    {
        using HttpResponseMessage response = await _server.PostAsync(Path, body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        JsonElement error = (await response.JsonAsync()).GetProperty("error");
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
    }

    /// <summary>Codex always sends tools: an option answers as if there were none.</summary>
    [Fact]
    public async Task ToolsMayBeIgnored()
    {
        await using ServerUnderTest server = await ServerUnderTest.StartAsync(options => options.IgnoreTools = true);
        using HttpResponseMessage response = await server.PostAsync(
            Path,
            """
            {"tools":[{"type":"function","name":"shell"}],"tool_choice":"auto","input":[
              {"role":"user","content":"What is gold?"},{"type":"function_call","call_id":"1","name":"shell"},
              {"type":"function_call_output","call_id":"1","output":"x"}]}
            """);
        AssertText((await ExpectedAsync()).Text, await response.JsonAsync());
    }

    internal static void AssertText(string expected, JsonElement response)
    {
        JsonElement item = Assert.Single(response.GetProperty("output").EnumerateArray());
        Assert.Equal("message", item.GetProperty("type").GetString());
        Assert.Equal("assistant", item.GetProperty("role").GetString());
        JsonElement part = Assert.Single(item.GetProperty("content").EnumerateArray());
        Assert.Equal("output_text", part.GetProperty("type").GetString());
        Assert.Equal(expected, part.GetProperty("text").GetString());
    }

    private async Task<JsonElement> AnswerAsync(string body)
    {
        using HttpResponseMessage response = await _server.PostAsync(Path, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.JsonAsync();
    }

    private async Task<List<(string Name, JsonElement Data)>> StreamAsync(string body)
    {
        using HttpResponseMessage response = await _server.PostAsync(Path, body);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return await response.NamedEventsAsync();
    }

    private Task<GenerationResult> ExpectedAsync(GenerationRequest? request = null) => _server.Engine.CompleteAsync(
        request ?? GenerationRequest.FromUser(Question), TestContext.Current.CancellationToken);
}
