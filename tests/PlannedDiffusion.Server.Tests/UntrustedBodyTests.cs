using System.Text;
using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Wire;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>Whatever a body has in it, it is mapped or refused with an error for its sender.</summary>
public sealed class UntrustedBodyTests
{
    private const string Chat = """
        {"model":"m","messages":[{"role":"user","content":"a\u00e9"},{"role":"assistant","content":[{"type":"text",
        "text":"b"}]}],"temperature":0.5,"top_p":1,"max_tokens":7,"n":2,"stop":["x","y"],"seed":-1,"stream":true,
        "stream_options":{"include_usage":true},"tools":[],"tool_choice":"none","response_format":{"type":"text"},
        "logit_bias":{},"planned":{"stream":"spans","decoder":"planned","steps_ratio":0.5,"plan":[{"topic":"t",
        "length":3}],"priority":1}}
        """;

    private const string Text = """
        {"prompt":["a","b"],"max_tokens":3,"stop":"x","n":1,"planned":{"decoder":"ar"},"echo":false,"logprobs":null}
        """;

    private const string Response = """
        {"model":"m","instructions":"i","input":[{"role":"user","content":"a"},{"type":"message","role":"assistant",
        "content":[{"type":"output_text","text":"b"}]}],"max_output_tokens":7,"temperature":0.5,"tools":[],
        "tool_choice":"none","text":{"format":{"type":"text"}},"stream":true,"store":false}
        """;

    private static readonly string[] Pieces =
    [
        "null", "[]", "{}", "-1", "0", "1e400", "9223372036854775808", "\"\"", "\"\\ud800\"", "true",
        "[[1]]", "\\u0000",
        "\"", "}", "]", ",", ":", "\u00ff", "[null]", "{\"type\":\"text\"}", "{\"type\":7}", "1.5",
    ];

    [Theory]
    [InlineData(Chat, 1)]
    [InlineData(Chat, 2)]
    [InlineData(Text, 3)]
    [InlineData(Response, 4)]
    public async Task ABodyIsMappedOrRefused(string body, int seed)
    {
        var random = new Random(seed);
        var server = new PlannedDiffusionServerOptions();
        var origin = new RequestOrigin(null, null);
        int mapped = 0;
        for (int i = 0; i < 4000; i++)
        {
            DefaultHttpContext http = Request(i == 0 ? Encoding.UTF8.GetBytes(body) : Changed(body, random));
            try
            {
                const int Most = 1 << 20;
                GenerationCall call = body switch
                {
                    Chat => ChatMapping.Of(
                        await JsonBody.ReadAsync(http, WireJson.Own.ChatBody, Most), origin, server),
                    Text => CompletionMapping.Of(
                        await JsonBody.ReadAsync(http, WireJson.Own.CompletionBody, Most), origin, server),
                    _ => ResponsesMapping.Of(
                        await JsonBody.ReadAsync(http, WireJson.Own.ResponsesBody, Most), origin, server),
                };
                Assert.NotEmpty(call.Choices);
                mapped++;
            }
            catch (ApiException refused)
            {
                Assert.Equal(400, refused.Error.Status);
            }
        }

        Assert.InRange(mapped, 20, 3900);
    }

    /// <summary>The body with some values, or bytes, replaced.</summary>
    private static byte[] Changed(string body, Random random)
    {
        string changed = body;
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            int start = random.Next(changed.Length);
            int end = changed.IndexOfAny([',', '}', ']'], start);
            if (random.Next(3) == 0) end = Math.Min(start + random.Next(4), changed.Length);
            if (end < 0) end = changed.Length;
            int value = changed.LastIndexOfAny([':', '['], start) + 1;
            if (random.Next(2) == 0) start = Math.Min(value, end);
            changed = changed[..start] + Pieces[random.Next(Pieces.Length)] + changed[end..];
            if (changed.Length == 0) changed = "{";
        }

        byte[] bytes = Encoding.UTF8.GetBytes(changed);
        if (random.Next(4) == 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    private static DefaultHttpContext Request(byte[] body)
    {
        var http = new DefaultHttpContext();
        http.Request.ContentType = "application/json";
        http.Request.Body = new MemoryStream(body);
        return http;
    }
}
