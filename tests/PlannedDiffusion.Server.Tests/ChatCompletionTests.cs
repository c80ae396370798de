using System.Net;
using System.Text.Json;
using PlannedDiffusion.Engine;
using Xunit;

[assembly: AssemblyFixture(typeof(PlannedDiffusion.Server.Tests.DemoServer))]

namespace PlannedDiffusion.Server.Tests;

/// <summary><c>/v1/chat/completions</c>, whole and streamed.</summary>
public sealed class ChatCompletionTests(DemoServer demo)
{
    private const string Question = "What is gold?";
    private const string Messages = $$"""[{"role":"user","content":"{{Question}}"}]""";
    private readonly ServerUnderTest _server = demo.Server;

    [Fact]
    public async Task AWholeAnswerIsTheEngines()
    {
        GenerationResult expected = await ExpectedAsync();
        using HttpResponseMessage response =
            await _server.ChatAsync($$"""{"model":"demo","messages":{{Messages}},"unknown":{"a":1},"user":"u"}""");
        JsonElement answer = await response.JsonAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("chat.completion", answer.GetProperty("object").GetString());
        Assert.StartsWith("chatcmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("demo", answer.GetProperty("model").GetString());
        Assert.StartsWith("fp_", answer.GetProperty("system_fingerprint").GetString(), StringComparison.Ordinal);
        JsonElement choice = Assert.Single(answer.GetProperty("choices").EnumerateArray());
        Assert.Equal(0, choice.GetProperty("index").GetInt32());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind);
        Assert.Equal("assistant", choice.GetProperty("message").GetProperty("role").GetString());
        Assert.Equal(expected.Text, choice.GetProperty("message").GetProperty("content").GetString());
        JsonElement usage = answer.GetProperty("usage");
        Assert.Equal(expected.Usage.Prompt, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(expected.Usage.Generated, usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(
            expected.Usage.Prompt + expected.Usage.Generated, usage.GetProperty("total_tokens").GetInt32());
        Assert.Equal(
            expected.Usage.Plan,
            usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
        Assert.False(answer.TryGetProperty("planned", out _));
    }

    [Fact]
    public async Task AStreamHasTheRoleThenTheTextThenTheReason()
    {
        GenerationResult expected = await ExpectedAsync();
        using HttpResponseMessage response =
            await _server.ChatAsync($$"""{"messages":{{Messages}},"stream":true}""");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        List<JsonElement> chunks = await response.ChunksAsync();
        JsonElement[] choices = [.. chunks.Select(chunk => chunk.GetProperty("choices")[0])];
        JsonElement first = choices[0].GetProperty("delta");
        Assert.Equal("assistant", first.GetProperty("role").GetString());
        Assert.Equal("", first.GetProperty("content").GetString());
        string text = string.Concat(choices[1..^1].Select(
            choice => choice.GetProperty("delta").GetProperty("content").GetString()));
        Assert.Equal(expected.Text, text);
        Assert.All(
            choices[..^1], choice => Assert.Equal(JsonValueKind.Null, choice.GetProperty("finish_reason").ValueKind));
        Assert.Empty(choices[^1].GetProperty("delta").EnumerateObject());
        Assert.Equal("stop", choices[^1].GetProperty("finish_reason").GetString());
        Assert.Single(chunks.Select(chunk => chunk.GetProperty("id").GetString()).Distinct());
        Assert.All(chunks, chunk =>
        {
            Assert.Equal("chat.completion.chunk", chunk.GetProperty("object").GetString());
            Assert.False(chunk.TryGetProperty("usage", out _));
            Assert.False(chunk.TryGetProperty("planned", out _));
        });
    }

    private Task<GenerationResult> ExpectedAsync() =>
        _server.Engine.CompleteAsync(GenerationRequest.FromUser(Question), TestContext.Current.CancellationToken);
}
