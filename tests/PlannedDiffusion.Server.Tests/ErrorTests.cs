using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>What is refused, and how: an error object with all four members that names the field.</summary>
public sealed class ErrorTests(DemoServer demo)
{
    private const string Hi = """ "messages":[{"role":"user","content":"hi"}] """;
    private readonly ServerUnderTest _server = demo.Server;

    public static TheoryData<string, string?, string?> BadChats => new()
    {
        { "{", null, null },
        { "[]", null, null },
        { "null", null, null },
        { """{"messages":"hi"}""", "messages", null },
        { """{"messages":[]}""", "messages", null },
        { "{}", "messages", null },
        { """{"messages":[null]}""", "messages[0]", null },
        { """{"messages":[{"content":"hi"}]}""", "messages[0].role", null },
        { """{"messages":[{"role":7,"content":"hi"}]}""", "messages[0].role", null },
        { """{"messages":[{"role":"narrator","content":"hi"}]}""", "messages[0].role", null },
        { """{"messages":[{"role":"tool","content":"hi"}]}""", "messages[0].role", "unsupported_value" },
        { """{"messages":[{"role":"function","content":"hi"}]}""", "messages[0].role", "unsupported_value" },
        { """{"messages":[{"role":"user","content":7}]}""", "messages[0].content", null },
        {
            """{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]}]}""",
            "messages[0].content[0].type", "unsupported_value"
        },
        { """{"messages":[{"role":"user","content":[{"type":"text"}]}]}""", "messages[0].content[0].text", null },
        {
            """{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"1"}]}]}""",
            "messages[0].tool_calls", "unsupported_value"
        },
        { With(""" "temperature":"hot" """), "temperature", null },
        { With(""" "temperature":-1 """), "temperature", null },
        { With(""" "top_p":0 """), "top_p", null },
        { With(""" "top_k":-1 """), "top_k", null },
        { With(""" "max_tokens":0 """), "max_tokens", null },
        { With(""" "max_completion_tokens":0 """), "max_completion_tokens", null },
        { With(""" "max_tokens":1.5 """), "max_tokens", null },
        { With(""" "n":0 """), "n", null },
        { With(""" "n":9 """), "n", null },
        { With(""" "stop":"" """), "stop", null },
        { With(""" "stop":["a",""] """), "stop", null },
        { With(""" "stop":["a","b","c","d","e"] """), "stop", null },
        { With(""" "stop":[1] """), "stop[0]", null },
        { With(""" "stop":"\ud800" """), "stop", null },
        { With(""" "logit_bias":{"\ud800":1} """), "logit_bias", "unsupported_value" },
        { """{"messages":[{"role":"user","content":"\ud800"}]}""", "messages[0].content", null },
        { """{"messages":[{"role":"\ud800","content":"a"}]}""", "messages[0].role", null },
        {
            """{"messages":[{"role":"user","content":[{"type":"text","text":"\udc00"}]}]}""",
            "messages[0].content[0].text", null
        },
        { With(""" "stop":7 """), "stop", null },
        { With(""" "logprobs":true """), "logprobs", "unsupported_value" },
        { With(""" "top_logprobs":3 """), "top_logprobs", "unsupported_value" },
        { With(""" "response_format":{"type":"json_object"} """), "response_format", "unsupported_value" },
        { With(""" "response_format":{"type":"json_schema"} """), "response_format", "unsupported_value" },
        { With(""" "response_format":7 """), "response_format", null },
        { With(""" "tools":[{"type":"function"}] """), "tools", "unsupported_value" },
        { With(""" "functions":[{"name":"f"}] """), "functions", "unsupported_value" },
        { With(""" "tool_choice":"required" """), "tool_choice", "unsupported_value" },
        { With(""" "modalities":["text","audio"] """), "modalities", "unsupported_value" },
        { With(""" "presence_penalty":1 """), "presence_penalty", "unsupported_value" },
        { With(""" "frequency_penalty":1 """), "frequency_penalty", "unsupported_value" },
        { With(""" "logit_bias":{"5":1} """), "logit_bias", "unsupported_value" },
        { With(""" "planned":{"decoder":"magic"} """), "planned.decoder", null },
        { With(""" "planned":{"preset":"magic"} """), "planned.preset", null },
        { With(""" "planned":{"stream":"all"} """), "planned.stream", null },
        { With(""" "planned":{"steps_ratio":2} """), "planned.steps_ratio", null },
        { With(""" "planned":{"threshold":2} """), "planned.threshold", null },
        { With(""" "planned":{"decoder":"ar","threshold":0.5} """), "planned.threshold", null },
        { With(""" "planned":{"plan":[]} """), "planned.plan", null },
        { With(""" "planned":{"plan":[{"length":4}]} """), "planned.plan[0].topic", null },
        { With(""" "planned":{"plan":[{"topic":"a","length":0}]} """), "planned.plan[0].length", null },
        { With(""" "planned":{"decoder":"ar","plan":[{"topic":"a","length":4}]} """), "planned.plan", null },
        { With(""" "planned":{"priority":3601} """), "planned.priority", null },
        { With(""" "planned":7 """), "planned", null },
    };

    public static TheoryData<string, string?, string?> BadCompletions => new()
    {
        { "{}", "prompt", null },
        { """{"prompt":null}""", "prompt", null },
        { """{"prompt":""}""", "prompt", null },
        { """{"prompt":[]}""", "prompt", null },
        { """{"prompt":[[]]}""", "prompt", null },
        { """{"prompt":["a",1]}""", "prompt", null },
        { """{"prompt":["\ud800"]}""", "prompt", null },
        { """{"prompt":[1.5]}""", "prompt", null },
        { """{"prompt":[-1]}""", "prompt", null },
        { """{"prompt":{"a":1}}""", "prompt", null },
        { """{"prompt":"a","echo":true}""", "echo", "unsupported_value" },
        { """{"prompt":"a","suffix":"b"}""", "suffix", "unsupported_value" },
        { """{"prompt":"a","best_of":2}""", "best_of", "unsupported_value" },
        { """{"prompt":"a","logprobs":0}""", "logprobs", "unsupported_value" },
    };

    [Theory]
    [MemberData(nameof(BadChats))]
    public async Task ABadChatNamesItsField(string body, string? param, string? code)
    {
        using HttpResponseMessage response = await _server.ChatAsync(body);
        await AssertErrorAsync(response, 400, code, param);
    }

    [Theory]
    [MemberData(nameof(BadChats))]
    public async Task ABadStreamIsAnOrdinaryError(string body, string? param, string? code)
    {
        if (!body.EndsWith('}') || body == "{}") return; // nothing to add the member to
        using HttpResponseMessage response = await _server.ChatAsync(body[..^1] + ",\"stream\":true}");
        await AssertErrorAsync(response, 400, code, param);
    }

    [Theory]
    [MemberData(nameof(BadCompletions))]
    public async Task ABadCompletionNamesItsField(string body, string? param, string? code)
    {
        using HttpResponseMessage response = await _server.PostAsync("/v1/completions", body);
        await AssertErrorAsync(response, 400, code, param);
    }

    [Fact]
    public async Task APromptThatIsTooLongHasACodeOfItsOwn()
    {
        string words = string.Concat(Enumerable.Repeat("gold and silver ", 2000));
        using HttpResponseMessage chat = await _server.ChatAsync(
            $$"""{"messages":[{"role":"user","content":"{{words}}"}]}""");
        await AssertErrorAsync(chat, 400, "context_length_exceeded", "messages");
        using HttpResponseMessage text = await _server.PostAsync("/v1/completions", $$"""{"prompt":"{{words}}"}""");
        await AssertErrorAsync(text, 400, "context_length_exceeded", "prompt");
        using HttpResponseMessage plan = await _server.ChatAsync(
            With(""" "planned":{"plan":[{"topic":"a","length":100000}]} """));
        await AssertErrorAsync(plan, 400, "context_length_exceeded", "messages");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ALargeBodyIsRefused(bool isChunked)
    {
        byte[] body = new byte[(2 << 20) + 1];
        body.AsSpan().Fill((byte)' ');
        HttpContent content = isChunked ? new Chunked(body) : new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using HttpResponseMessage response = await _server.Client.PostAsync(
            new Uri("/v1/chat/completions", UriKind.Relative), content, TestContext.Current.CancellationToken);
        await AssertErrorAsync(response, 413, "body_too_large", null);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task ABodyMustBeJson(string? type)
    {
        var content = new StringContent("{}", Encoding.UTF8);
        content.Headers.ContentType = type is null ? null : new(type);
        using HttpResponseMessage response = await _server.Client.PostAsync(
            new Uri("/v1/chat/completions", UriKind.Relative), content, TestContext.Current.CancellationToken);
        await AssertErrorAsync(response, 415, "unsupported_media_type", null);
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404, "not_found")]
    [InlineData("GET", "/nothing", 404, "not_found")]
    [InlineData("POST", "/admin/nothing", 404, "not_found")]
    [InlineData("GET", "/v1/chat/completions", 405, "method_not_allowed")]
    [InlineData("DELETE", "/v1/models", 405, "method_not_allowed")]
    [InlineData("DELETE", "/v1/models/demo", 405, "method_not_allowed")]
    [InlineData("OPTIONS", "/v1/chat/completions", 405, "method_not_allowed")]
    [InlineData("GET", "/admin/drain", 405, "method_not_allowed")]
    [InlineData("GET", "/v1/models/other", 404, "model_not_found")]
    public async Task PathsAndMethodsAreErrorObjectsToo(string method, string path, int status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage response =
            await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        await AssertErrorAsync(response, status, code, code == "model_not_found" ? "model" : null);
        if (status == 405) Assert.NotEmpty(response.Content.Headers.Allow);
    }

    [Fact]
    public async Task AnotherModelIsNotFound()
    {
        using HttpResponseMessage response = await _server.ChatAsync(With(""" "model":"gpt-4" """));
        await AssertErrorAsync(response, 404, "model_not_found", "model");
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:80")]
    [InlineData("localhost.evil.example")]
    [InlineData("192.168.7.7")]
    public async Task AForeignHostIsRefused(string host)
    {
        foreach (string path in (string[])["/v1/models", "/health/live", "/metrics", "/nothing"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = host;
            using HttpResponseMessage response =
                await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
            await AssertErrorAsync(response, 403, "host_not_allowed", null);
        }
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:1234")]
    [InlineData("[::1]:1234")]
    [InlineData("127.0.0.1")]
    public async Task TheLoopbackIsNoForeignHost(string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Host = host;
        using HttpResponseMessage response =
            await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static string With(string fields) => $"{{{Hi},{fields}}}";

    internal static async Task<JsonElement> AssertErrorAsync(
        HttpResponseMessage response, int status, string? code, string? param)
    {
        JsonElement error = (await response.JsonAsync()).GetProperty("error");
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {error}");
        Assert.Equal(
            ["code", "message", "param", "type"],
            error.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));
        Assert.NotEqual("", error.GetProperty("message").GetString());
        Assert.DoesNotContain("System.", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.StartsWith("req_", response.Headers.GetValues("x-request-id").Single(), StringComparison.Ordinal);
        return error;
    }

    private sealed class Chunked(byte[] body) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            stream.WriteAsync(body).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
