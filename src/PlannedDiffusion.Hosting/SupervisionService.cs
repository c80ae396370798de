using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PlannedDiffusion.Hosting;

/// <summary>Starts and stops the engines of all models together, so that their times to drain do not add up.</summary>
internal sealed class SupervisionService(
    IServiceProvider services, IEnumerable<SupervisedModel> models, TimeProvider clock,
    ILogger<EngineSupervisor> logger) : IHostedLifecycleService
{
    private EngineSupervisor[] _supervisors = [];

    /// <summary>Loading begins before other services start, and they do not wait for it.</summary>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        _supervisors = [.. models.Select(model => model.Supervisor(services))];
        foreach (EngineSupervisor supervisor in _supervisors) supervisor.Start();
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Drains and disposes all engines while ports are still open: new requests are refused with a reason, and no
    /// running request holds up the services that stop after this.
    /// </summary>
    public Task StoppingAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_supervisors.Select(supervisor => StopAsync(supervisor, cancellationToken)));

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task StopAsync(EngineSupervisor supervisor, CancellationToken cancellation)
    {
        supervisor.BeginDraining();
        TimeSpan timeout = supervisor.Settings.DrainTimeout;
        try
        {
            await Task.Delay(supervisor.Grace, clock, cancellation).ConfigureAwait(false);
            bool drained = await supervisor.DrainAsync(timeout, cancellation).ConfigureAwait(false);
            if (!drained) SupervisorLog.NotDrained(logger, supervisor.ModelName, timeout);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            SupervisorLog.HostStopsEarly(logger, supervisor.ModelName, timeout);
        }

        await supervisor.DisposeAsync().ConfigureAwait(false);
    }
}
