using Xunit;

namespace PlannedDiffusion.Server.Tests;

/// <summary>One server with the demo checkpoint for all tests that change nothing of it.</summary>
public sealed class DemoServer : IAsyncLifetime
{
    /// <summary>The server.</summary>
    public ServerUnderTest Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await ServerUnderTest.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
