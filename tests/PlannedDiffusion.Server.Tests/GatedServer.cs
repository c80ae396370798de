using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Hosting;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>
/// A server whose steps wait for a permit, on a clock that the test moves. One request runs at a time.
/// </summary>
internal sealed class GatedServer : IAsyncDisposable
{
    private GatedRunner? _gate;

    /// <summary>A request that runs for many steps.</summary>
    public const string Chat = """{"messages":[{"role":"user","content":"What is gold?"}]}""";

    /// <summary>The same as a stream.</summary>
    public const string Stream = """{"messages":[{"role":"user","content":"What is gold?"}],"stream":true}""";

    public FakeTimeProvider Clock { get; } = new();

    public GatedRunner Gate => _gate!;

    public ServerUnderTest Server { get; private set; } = null!;

    /// <param name="queue">The most requests that wait.</param>
    /// <param name="server">Changes the server's options.</param>
    public static async Task<GatedServer> StartAsync(
        int queue = 4, Action<PlannedDiffusionServerOptions>? server = null)
    {
        var gated = new GatedServer();
        gated.Server = await ServerUnderTest.StartAsync(
            server,
            model =>
            {
                model.MaxSequences = 1;
                model.MaxWaiting = queue;
                model.GracePeriod = TimeSpan.Zero;
                model.ConfigureEngine(options => options with
                {
                    RunnerFactory = (weights, runner) =>
                        gated._gate = new GatedRunner(CpuModelRunner.Create(weights, runner), permits: 0),
                    // The clock may move before the server reads a stream that it was given.
                    Queue = options.Queue with { MaxUnread = TimeSpan.FromDays(1) },
                });
            },
            builder => builder.Services.AddSingleton<TimeProvider>(gated.Clock));
        return gated;
    }

    /// <summary>Waits until so many requests are with the engine.</summary>
    public async Task ArriveAsync(int running, int waiting, CancellationToken cancellation)
    {
        for (int look = 0; Server.Engine.Status is var now && (now.Running, now.Waiting) != (running, waiting); look++)
        {
            Assert.True(look < 30_000, $"{now.Running} run and {now.Waiting} wait, not {running} and {waiting}.");
            await Task.Delay(1, cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _gate!.Permit(1_000_000);
        await Server.DisposeAsync();
    }
}
