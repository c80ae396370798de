namespace PlannedDiffusion.Server.Wire;

/// <summary>Whether a server lives, or is ready.</summary>
/// <param name="Status"><c>healthy</c>, <c>degraded</c> or <c>unhealthy</c>.</param>
/// <param name="Checks">Each check.</param>
internal sealed record HealthAnswer(string Status, IReadOnlyList<HealthCheckAnswer> Checks);

/// <summary>One check.</summary>
internal sealed record HealthCheckAnswer(string Name, string Status);
