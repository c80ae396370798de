using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Hosting;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.TestKit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>A server on a free port of the loopback, in this process, and a client of it.</summary>
public sealed class ServerUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ServerUnderTest(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.First());
        Client = new HttpClient { BaseAddress = Address };
        Supervisor = app.Services.GetRequiredService<EngineSupervisor>();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>A client of it.</summary>
    public HttpClient Client { get; }

    /// <summary>What holds its engine.</summary>
    public EngineSupervisor Supervisor { get; }

    /// <summary>Its services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Its engine.</summary>
    public PlannedDiffusionEngine Engine => Supervisor.Engine!;

    /// <summary>Starts a server with the demo checkpoint, and waits until it is loaded unless told otherwise.</summary>
    public static async Task<ServerUnderTest> StartAsync(
        Action<PlannedDiffusionServerOptions>? server = null, Action<PlannedDiffusionSettings>? model = null,
        Action<WebApplicationBuilder>? build = null, bool waits = true)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddPlannedDiffusion(settings =>
        {
            settings.Model = Repository.PathTo("models", "demo");
            settings.Device = EngineDevice.Cpu;
            settings.Threads = 1;
            settings.MaxSequences = 8;
            settings.MaxPositions = 1024;
            model?.Invoke(settings);
        });
        builder.Services.AddPlannedDiffusionServer(server);
        build?.Invoke(builder);
        WebApplication app = builder.Build();
        app.MapPlannedDiffusion(everyPath: true);
        await app.StartAsync();
        var started = new ServerUnderTest(app);
        if (waits) await started.Supervisor.WaitAsync();
        return started;
    }

    /// <summary>Sends a body to a path.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string json, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(json, Encoding.UTF8, "application/json"),
        };
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Sends a chat body.</summary>
    public Task<HttpResponseMessage> ChatAsync(string json, params (string Name, string Value)[] headers) =>
        PostAsync("/v1/chat/completions", json, headers);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>What tests read from answers.</summary>
internal static class Answers
{
    /// <summary>The body as JSON.</summary>
    public static async Task<JsonElement> JsonAsync(this HttpResponseMessage response)
    {
        using JsonDocument document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.Clone();
    }

    /// <summary>The data of each event of a stream, and comments as they are.</summary>
    public static async Task<List<string>> LinesAsync(this HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        return [.. text.Split('\n').Where(line => line.Length > 0)];
    }

    /// <summary>The chunks of a stream that ends as it should.</summary>
    public static async Task<List<JsonElement>> ChunksAsync(this HttpResponseMessage response)
    {
        List<string> data = [.. (await response.LinesAsync())
            .Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line[6..])];
        Xunit.Assert.Equal("[DONE]", data[^1]);
        return [.. data[..^1].Select(line => JsonDocument.Parse(line).RootElement.Clone())];
    }
}
