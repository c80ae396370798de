using Microsoft.Extensions.Diagnostics.HealthChecks;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Hosting;

/// <summary>
/// The checks <c>live</c> and <c>ready</c> of a model. They never wait for the engine, and a busy engine passes both.
/// </summary>
internal sealed class EngineHealthCheck(EngineSupervisor supervisor, bool isReadiness) : IHealthCheck
{
    public const string Live = "live", Ready = "ready";

    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (isReadiness) supervisor.NoteReadinessAsked();
        bool passes = isReadiness ? supervisor.State == EngineState.Ready : supervisor.IsAlive;
        Exception? failure = supervisor.Failure;
        var result = new HealthCheckResult(
            passes ? HealthStatus.Healthy : context.Registration.FailureStatus, Describe(failure), failure, Data());
        return Task.FromResult(result);
    }

    private string Describe(Exception? failure)
    {
        EngineStatus? status = supervisor.Engine?.Status;
        string state = $"{supervisor.ModelName} is {supervisor.State.ToString().ToLowerInvariant()}";
        if (failure is not null) return $"{state}: {failure.Message}";
        return status is null ? $"{state}." : $"{state}, its step {status.StepAge.TotalSeconds:0.0} s old.";
    }

    private Dictionary<string, object> Data() => new()
    {
        ["model"] = supervisor.ModelName,
        ["state"] = supervisor.State.ToString(),
        ["restarts"] = supervisor.Restarts,
    };
}
