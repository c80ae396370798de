using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace PlannedDiffusion.Browser.Tests;

/// <summary>An answer that a test writes.</summary>
internal sealed class ScriptedAnswer
{
    private readonly HttpContext _http;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _id;

    private ScriptedAnswer(HttpContext http, JsonElement body)
    {
        _http = http;
        Body = body;
        http.RequestAborted.Register(() =>
        {
            _left.TrySetResult();
            _ended.TrySetResult();
        });
    }

    /// <summary>What the page sent.</summary>
    public JsonElement Body { get; }

    /// <summary>The question in it.</summary>
    public string? Question => Body.GetProperty("messages")[0].GetProperty("content").GetString();

    /// <summary>How the page wants it answered.</summary>
    public string? Decoder => Body.GetProperty("planned").GetProperty("decoder").GetString();

    /// <summary>The key that came with it.</summary>
    public string Authorization => _http.Request.Headers.Authorization.ToString();

    /// <summary>Ends when the answer is written.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Ends when the page has hung up.</summary>
    public Task Left => _left.Task.WaitAsync(Chromium.Patience);

    public static async Task<ScriptedAnswer> ReadAsync(HttpContext http)
    {
        using JsonDocument body =
            await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        return new ScriptedAnswer(http, body.RootElement.Clone());
    }

    /// <summary>Sends an event.</summary>
    public Task SendAsync(string name, object data) =>
        WriteAsync(Encoding.UTF8.GetBytes($"id: {++_id}\nevent: {name}\ndata: {JsonSerializer.Serialize(data)}\n\n"));

    /// <summary>Sends bytes.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (!_http.Response.HasStarted) _http.Response.ContentType = "text/event-stream";
        await _http.Response.Body.WriteAsync(bytes, TestContext.Current.CancellationToken);
        await _http.Response.Body.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Answers with an error object.</summary>
    public async Task RefuseAsync(int status, string message, string? retryAfter = null)
    {
        _http.Response.StatusCode = status;
        if (retryAfter is not null) _http.Response.Headers.RetryAfter = retryAfter;
        await _http.Response.WriteAsJsonAsync(
            new { error = new { message, type = "error", param = (string?)null, code = (string?)null } },
            TestContext.Current.CancellationToken);
        _ended.TrySetResult();
    }

    /// <summary>Breaks the connection.</summary>
    public void Break() => _http.Abort();

    /// <summary>The stream ends here.</summary>
    public void End() => _ended.TrySetResult();

    /// <summary>Sends that it begins, and a plan with spans of these lengths, named a, b, c and so on.</summary>
    public async Task PlanAsync(int steps, params int[] lengths)
    {
        await BeginAsync();
        await SendAsync("plan.delta", new { round = 0, text = "<plan>", drafted = false });
        await SendAsync("plan.ready", new
        {
            round = 0,
            spans = lengths.Select((length, i) => new { topic = $"{(char)('a' + i)}", length }),
            steps,
        });
    }

    /// <summary>Sends that it waits and begins.</summary>
    public async Task BeginAsync()
    {
        await SendAsync("queued", new { id = "x", model = "demo", ahead = 0 });
        await SendAsync("started", new { queued_ms = 0.5 });
    }

    /// <summary>Sends revealed tokens, each with its place.</summary>
    public Task RevealAsync(int span, int step, params (int At, string? Text)[] tokens) => SendAsync("span.reveal", new
    {
        round = 0,
        span,
        step,
        at = tokens.Select(token => token.At),
        ids = tokens.Select(token => 100 + token.At),
        text = tokens.Select(token => token.Text),
    });

    /// <summary>Sends that a span is complete.</summary>
    public Task CompleteSpanAsync(int span, int step, string text) =>
        SendAsync("span.completed", new { round = 0, span, step, text });

    /// <summary>Sends the end, with a chain of these stages, each of 10 ms, and ends the stream.</summary>
    public async Task CompleteAsync(string text, params string[] stages)
    {
        int Count(string stage) => stages.Count(one => one == stage);
        await SendAsync("completed", new
        {
            text,
            finish_reason = "stop",
            decoder = Decoder,
            usage = new { prompt_tokens = 5, completion_tokens = 7, total_tokens = 12 },
            passes = new { total = stages.Length, prefill = Count("prefill"), plan = Count("plan") },
            chain = new
            {
                stage = stages,
                rows = stages.Select(_ => 4),
                start_ms = stages.Select((_, i) => 0.5 + (10 * i)),
                ms = stages.Select(_ => 10),
            },
            queued_ms = 0.5,
            ms = 10 * stages.Length,
        });
        End();
    }
}
