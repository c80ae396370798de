using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using PlannedDiffusion.Server.Page;
using Xunit;

namespace PlannedDiffusion.Browser.Tests;

/// <summary>A server with the real page, whose answers a test writes line by line.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ScriptedAnswer> _asked = Channel.CreateUnbounded<ScriptedAnswer>();

    private ScriptedServer(string[] models)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        foreach ((string path, RequestDelegate handle) in PageEndpoints.Routes) _app.MapGet(path, handle);
        _app.MapGet("/v1/models", (RequestDelegate)(http => http.Response.WriteAsJsonAsync(
            new { data = models.Select(model => new { id = model }) }, http.RequestAborted)));
        _app.MapPost("/v1/planned/stream", (RequestDelegate)AnswerAsync);
    }

    /// <summary>Where it listens.</summary>
    public string Address => _app.Urls.Single();

    public static async Task<ScriptedServer> StartAsync(params string[] models)
    {
        var server = new ScriptedServer(models.Length > 0 ? models : ["demo"]);
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>The next question of the page.</summary>
    public async Task<ScriptedAnswer> NextAsync() =>
        await _asked.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask()
            .WaitAsync(Chromium.Patience, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        ScriptedAnswer answer = await ScriptedAnswer.ReadAsync(http);
        _asked.Writer.TryWrite(answer);
        await answer.Ended;
    }
}
