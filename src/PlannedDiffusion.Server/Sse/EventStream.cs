using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Sse;

/// <summary>
/// An answer as server-sent events. Nothing is sent before <see cref="StartAsync"/>, so that until then an error still
/// is an ordinary answer. One writer at a time.
/// </summary>
/// <param name="http">The request.</param>
/// <param name="clock">The clock of the comments.</param>
/// <param name="keepAlive">The longest silence before a comment.</param>
internal sealed class EventStream(HttpContext http, TimeProvider clock, TimeSpan keepAlive)
{
    private const int MostUnsent = 1 << 14; // bytes
    private readonly PipeWriter _writer = http.Response.BodyWriter;
    private Utf8JsonWriter? _json;
    private int _unsent;

    /// <summary>True once headers are sent.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Sends the headers and a first comment.</summary>
    public async ValueTask StartAsync()
    {
        if (IsStarted) return;
        IsStarted = true;
        HttpResponse response = http.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache, no-store";
        response.Headers["x-accel-buffering"] = "no"; // proxies that would collect the answer
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        Comment("started");
        await FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Adds an event without a name.</summary>
    public void Data<T>(T value, JsonTypeInfo<T> type)
    {
        Text("data: ");
        Json(value, type);
        Text("\n\n");
    }

    /// <summary>Adds an event with a name, and with a number if it has one.</summary>
    public void Event<T>(string name, long? id, T value, JsonTypeInfo<T> type)
    {
        if (id is { } number) Text(string.Create(CultureInfo.InvariantCulture, $"id: {number}\n"));
        Text($"event: {name}\ndata: ");
        Json(value, type);
        Text("\n\n");
    }

    /// <summary>Adds the line that ends streams of OpenAI's API.</summary>
    public void Done() => Text("data: [DONE]\n\n");

    /// <summary>Adds a comment, which clients skip.</summary>
    public void Comment(string text) => Text($": {text}\n\n");

    /// <summary>Sends what was added. Waits while the client does not read.</summary>
    public async ValueTask FlushAsync()
    {
        _unsent = 0;
        await _writer.FlushAsync(http.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>
    /// Hands over events as they come. What a handler adds is sent when no further event is there; once started, a
    /// comment is sent whenever nothing has happened for a while.
    /// </summary>
    public async Task ReadAsync<T>(IAsyncEnumerable<T> events, Func<T, ValueTask> handle)
    {
        IAsyncEnumerator<T> reader = events.GetAsyncEnumerator(http.RequestAborted);
        Task<bool>? next = null;
        try
        {
            while (true)
            {
                next = reader.MoveNextAsync().AsTask();
                if (_unsent > 0 && (!next.IsCompleted || _unsent > MostUnsent))
                    await FlushAsync().ConfigureAwait(false);
                while (!await ArrivesAsync(next).ConfigureAwait(false))
                {
                    Comment("keep-alive");
                    await FlushAsync().ConfigureAwait(false);
                }

                if (!await next.ConfigureAwait(false)) break;
                await handle(reader.Current).ConfigureAwait(false);
            }

            if (_unsent > 0) await FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            await EndAsync(reader, next).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Tells an error. Clients take an error object alone for a normal end, so that only a broken connection makes it
    /// visible in all of them: the caller throws the exception that this returns.
    /// </summary>
    /// <param name="tell">Adds the error.</param>
    public async Task<BrokenStreamException> FailAsync(Action tell)
    {
        try
        {
            tell();
            await FlushAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client is gone already.
        }

        return new BrokenStreamException();
    }

    /// <summary>False if a comment is due before.</summary>
    private async Task<bool> ArrivesAsync(Task<bool> next)
    {
        if (next.IsCompleted) return true;
        if (!IsStarted)
        {
            await Task.WhenAny(next).ConfigureAwait(false); // without its exception
            return true;
        }

        using var waiting = new CancellationTokenSource();
        Task silence = Task.Delay(keepAlive, clock, waiting.Token);
        bool arrived = await Task.WhenAny(next, silence).ConfigureAwait(false) == next;
        await waiting.CancelAsync().ConfigureAwait(false);
        return arrived;
    }

    /// <summary>An enumerator takes its end only between two events.</summary>
    private async Task EndAsync<T>(IAsyncEnumerator<T> reader, Task<bool>? next)
    {
        if (next is { IsCompleted: false })
        {
            http.Abort(); // sending has failed: the request ends, and with it the wait
            await Task.WhenAny(next).ConfigureAwait(false);
        }

        _ = next?.Exception; // seen
        await reader.DisposeAsync().ConfigureAwait(false);
    }

    private void Text(string text) => _unsent += (int)Encoding.UTF8.GetBytes(text, _writer);

    private void Json<T>(T value, JsonTypeInfo<T> type)
    {
        _json ??= new Utf8JsonWriter(_writer, new JsonWriterOptions { Encoder = type.Options.Encoder });
        _json.Reset(_writer);
        JsonSerializer.Serialize(_json, value, type);
        _json.Flush();
        _unsent += (int)_json.BytesCommitted;
    }
}
