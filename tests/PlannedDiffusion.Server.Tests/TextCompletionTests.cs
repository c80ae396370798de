using System.Text.Json;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary><c>/v1/completions</c>.</summary>
public sealed class TextCompletionTests(DemoServer demo)
{
    private const string Common = """ "max_tokens":12,"planned":{"decoder":"ar"} """;
    private readonly ServerUnderTest _server = demo.Server;

    [Fact]
    public async Task APromptIsTextOrIds()
    {
        int[] ids = _server.Engine.Tokenizer.Encode("Gold is");
        string expected = (await EngineAsync("Gold is")).Text;
        string list = string.Join(',', ids);
        foreach (string prompt in (string[])["\"Gold is\"", "[\"Gold is\"]", $"[{list}]", $"[[{list}]]"])
        {
            JsonElement answer = await AnswerAsync($$"""{"prompt":{{prompt}},{{Common}}}""");
            Assert.Equal("text_completion", answer.GetProperty("object").GetString());
            JsonElement choice = Assert.Single(answer.GetProperty("choices").EnumerateArray());
            Assert.Equal(expected, choice.GetProperty("text").GetString());
            Assert.Equal(ids.Length, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        }
    }

    [Fact]
    public async Task SeveralPromptsAreAnsweredInTheirOrder()
    {
        JsonElement answer = await AnswerAsync($$"""{"prompt":["Gold is","Silver is"],"n":2,{{Common}}}""");
        string gold = (await EngineAsync("Gold is")).Text, silver = (await EngineAsync("Silver is")).Text;
        Assert.Equal(
            [gold, gold, silver, silver],
            answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("text").GetString()));
        int prompts = _server.Engine.Tokenizer.Encode("Gold is").Length
            + _server.Engine.Tokenizer.Encode("Silver is").Length;
        Assert.Equal(prompts, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public async Task AStreamHasTheTextInPieces()
    {
        int[] ids = _server.Engine.ChatTemplate.Encode([new("user", "What is gold?")]);
        using HttpResponseMessage response = await _server.PostAsync(
            "/v1/completions",
            $$"""{"prompt":[{{string.Join(',', ids)}}],"stream_options":{"include_usage":true},"stream":true}""");
        List<JsonElement> chunks = await response.ChunksAsync();
        string text = string.Concat(chunks[..^1].Select(
            chunk => chunk.GetProperty("choices")[0].GetProperty("text").GetString()));
        GenerationResult expected = await _server.Engine.CompleteAsync(
            GenerationRequest.FromUser("What is gold?"), TestContext.Current.CancellationToken);
        Assert.Equal(expected.Text, text);
        Assert.Equal(
            expected.Usage.Generated, chunks[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.True(chunks.Count > 3);
    }

    private async Task<JsonElement> AnswerAsync(string body)
    {
        using HttpResponseMessage response = await _server.PostAsync("/v1/completions", body);
        JsonElement answer = await response.JsonAsync();
        Assert.True(response.IsSuccessStatusCode, answer.GetRawText());
        return answer;
    }

    private Task<GenerationResult> EngineAsync(string prompt) => _server.Engine.CompleteAsync(
        new GenerationRequest
        {
            Prompt = prompt,
            Options = new GenerationOptions { Decoding = new AutoregressiveOptions(), MaxNewTokens = 12 },
        },
        TestContext.Current.CancellationToken);
}
