using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Serving;

/// <summary>
/// The result of <c>pd-bench serve --overload</c>: requests at twice the rate that the server answers. Times in
/// seconds, memory in bytes. <c>Empty</c>: refusals of bad requests by the same server with nothing to do.
/// </summary>
internal sealed record OverloadReport(
    string Kind,
    OriginReport Origin,
    string Server,
    double Seconds,
    double CapacityPerSecond,
    double OfferedPerSecond,
    int Sent,
    int Answered,
    int Refused,
    int RefusedWithoutRetryAfter,
    IReadOnlyDictionary<string, int> Others,
    QuantileReport? Refusal,
    QuantileReport? Empty,
    QuantileReport? Answer,
    long MemoryBefore,
    long MemoryAfter,
    int HandlesBefore,
    int HandlesAfter);
