using Microsoft.Extensions.Hosting;

namespace PlannedDiffusion.Cli.Serve;

/// <summary>The command handles the signals of the process, not the host.</summary>
internal sealed class CommandLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
