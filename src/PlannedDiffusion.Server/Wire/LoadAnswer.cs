namespace PlannedDiffusion.Server.Wire;

/// <summary>The load of a model, for gateways and dashboards.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Build">What was built.</param>
/// <param name="Device">The device; null while none is loaded.</param>
/// <param name="Requests">Requests.</param>
/// <param name="Rows">Rows of steps.</param>
/// <param name="Kv">Positions of keys and values.</param>
/// <param name="StepUs">
/// The time of the last step in microseconds, or the age of the one under way if that is more.
/// </param>
/// <param name="RetryAfterS">What a request that is refused now is told, in seconds.</param>
/// <param name="Draining">True if no new requests are taken.</param>
internal sealed record LoadAnswer(
    string Model, string Build, string? Device, RequestLoad Requests, RowLoad Rows, KvLoad Kv, long StepUs,
    int RetryAfterS, bool Draining);

/// <summary>Requests that run and wait, and the most that may wait.</summary>
internal sealed record RequestLoad(int Running, int Waiting, int MaxWaiting);

/// <summary>Rows of the last step, rows that wait, and the most of a step.</summary>
internal sealed record RowLoad(int Running, long Waiting, int Budget);

/// <summary>Positions of keys and values in use, and in all.</summary>
internal sealed record KvLoad(long Used, long Total);
