using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Hosting;
using PlannedDiffusion.Server.Tests;
using Xunit;
using Xunit.v3;

[assembly: Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace PlannedDiffusion.Load.Tests;

/// <summary>A server with the demo checkpoint for few requests at a time, whose steps a test can hold.</summary>
internal sealed class LoadedServer : IAsyncDisposable
{
    public const int Sequences = 2, Queue = 4;

    private readonly AbortWatch _aborts = new();
    private readonly List<WatchedRunner> _runners = [];

    private LoadedServer()
    {
    }

    public ServerUnderTest Server { get; private set; } = null!;

    /// <summary>The runner of the engine that was loaded last.</summary>
    public WatchedRunner Runner => _runners[^1];

    public IReadOnlyList<WatchedRunner> Runners => _runners;

    public PlannedDiffusionEngine Engine => Server.Engine;

    public HttpClient Client => Server.Client;

    public EngineSupervisor Supervisor => Server.Supervisor;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="closed">True if steps wait from the beginning.</param>
    /// <param name="model">Changes the model's settings.</param>
    /// <param name="wrap">Puts something between the watched runner and the CPU's.</param>
    /// <param name="clock">The clock of engine, supervisor and server.</param>
    /// <param name="narrow">True to keep next to nothing of an answer that the client does not read.</param>
    public static async Task<LoadedServer> StartAsync(
        bool closed = false, Action<PlannedDiffusionSettings>? model = null,
        Func<IModelRunner, IModelRunner>? wrap = null, TimeProvider? clock = null, bool narrow = false)
    {
        var loaded = new LoadedServer();
        loaded.Server = await ServerUnderTest.StartAsync(
            model: settings =>
            {
                settings.MaxSequences = Sequences;
                settings.MaxWaiting = Queue;
                settings.GracePeriod = TimeSpan.Zero;
                settings.ConfigureEngine(options => options with
                {
                    RunnerFactory = (weights, runner) =>
                    {
                        IModelRunner inner = CpuModelRunner.Create(weights, runner);
                        var watched = new WatchedRunner(wrap?.Invoke(inner) ?? inner);
                        if (closed) watched.Close();
                        loaded._runners.Add(watched);
                        return watched;
                    },
                });
                model?.Invoke(settings);
            },
            build: builder =>
            {
                if (clock is not null) builder.Services.AddSingleton(clock);
                builder.Services.AddSingleton<IStartupFilter>(loaded._aborts);
                if (narrow) Narrow(builder);
            });
        return loaded;
    }

    /// <summary>Sends a chat.</summary>
    public Task<HttpResponseMessage> ChatAsync(string json) => Server.ChatAsync(json);

    /// <summary>Waits until the server has noticed that a client is gone.</summary>
    public Task ClientIsGone() => _aborts.Noticed.WaitAsync(Cancellation);

    /// <summary>Waits until nothing runs or waits.</summary>
    public Task BecomesIdle() => Holds(0);

    /// <summary>Waits until so many requests run or wait.</summary>
    public Task Holds(int requests) => Becomes(() => Engine.Status.Running + Engine.Status.Waiting == requests);

    /// <summary>Waits until something holds that no event tells; fails after many looks.</summary>
    public static async Task Becomes(Func<bool> holds, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        for (int look = 0; !holds(); look++)
        {
            Assert.True(look < 30_000, $"It never holds: {what}"); // a minute and more
            await Task.Delay(2, Cancellation);
        }
    }

    /// <summary>The status of a path.</summary>
    public async Task<int> StatusOf(string path)
    {
        using HttpResponseMessage response = await Client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        return (int)response.StatusCode;
    }

    /// <summary>Live and ready.</summary>
    public async Task<(int Live, int Ready)> HealthAsync() =>
        (await StatusOf("/health/live"), await StatusOf("/health/ready"));

    public async ValueTask DisposeAsync()
    {
        foreach (WatchedRunner runner in _runners) runner.Open();
        await Server.DisposeAsync();
    }

    private static void Narrow(WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxResponseBufferSize = 1);
        builder.Services.Configure<SocketTransportOptions>(options =>
        {
            options.MaxWriteBufferSize = 1;
            options.CreateBoundListenSocket = endpoint =>
            {
                Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
                socket.SendBufferSize = 1; // the least that the system has
                return socket;
            };
        });
    }

    /// <summary>Tells when requests are aborted, after everybody else has been told.</summary>
    private sealed class AbortWatch : IStartupFilter
    {
        public SemaphoreSlim Noticed { get; } = new(0);

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (http, go) =>
            {
                // Registrations are called in reverse: this one comes last.
                await using CancellationTokenRegistration gone = http.RequestAborted.Register(() => Noticed.Release());
                await go(http);
            });
            next(app);
        };
    }
}

/// <summary>Bodies of chats, and what tests read of answers.</summary>
internal static class Chats
{
    /// <summary>A chat that is answered one token at a time, or by a plan.</summary>
    public static string Body(
        int tokens = 4, bool stream = false, int n = 1, string decoder = "ar", string question = "What is gold?",
        string planned = "") =>
        $$"""
        {"messages":[{"role":"user","content":{{JsonSerializer.Serialize(question)}}}],"max_tokens":{{tokens}},
        "stream":{{(stream ? "true" : "false")}},"n":{{n}},"planned":{"decoder":"{{decoder}}"{{planned}}} }
        """;

    /// <summary>The text of a whole answer.</summary>
    public static async Task<string> TextAsync(this HttpResponseMessage response)
    {
        response.EnsureSuccessStatusCode();
        JsonElement answer = await response.JsonAsync();
        return answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }

    /// <summary>The text of a stream's chunks.</summary>
    public static string StreamedText(this IEnumerable<JsonElement> chunks) => string.Concat(chunks
        .SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray())
        .Select(choice => choice.GetProperty("delta"))
        .Select(delta => delta.TryGetProperty("content", out JsonElement content) ? content.GetString() : ""));

    /// <summary>A refusal that says when to come back, as clients understand it.</summary>
    public static async Task IsRefused(this HttpResponseMessage response, int status, string code)
    {
        JsonElement error = (await response.JsonAsync()).GetProperty("error");
        Assert.Equal((status, code), ((int)response.StatusCode, error.GetProperty("code").GetString()));
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(field => field.Name));
        double seconds = response.Headers.RetryAfter!.Delta!.Value.TotalSeconds;
        Assert.InRange(seconds, 1, 60);
        string milliseconds = response.Headers.GetValues("retry-after-ms").Single();
        Assert.Equal(1000 * seconds, double.Parse(milliseconds, System.Globalization.CultureInfo.InvariantCulture));
    }
}
