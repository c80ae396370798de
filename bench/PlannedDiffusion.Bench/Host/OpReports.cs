using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Host;

/// <summary>
/// The result of <c>pd-bench attention</c> and <c>pd-bench ops</c>. Shares refer to the better of the two probes.
/// </summary>
internal sealed record OpBenchReport(
    string Kind,
    OriginReport Origin,
    int Repetitions,
    long InputBytes,
    ProbeReport Before,
    ProbeReport After,
    IReadOnlyList<OpReport> Rows);

/// <summary>
/// One operation. Flops and bytes count the necessary work and traffic, not extra work of an implementation.
/// </summary>
internal sealed record OpReport
{
    public required string Op { get; init; }

    /// <summary>The variant, if there are several; else null.</summary>
    public string? Way { get; init; }

    public required string Shape { get; init; }

    public required string Type { get; init; }

    public required int Rows { get; init; }

    public required double MedianMicroseconds { get; init; }

    public required double P95Microseconds { get; init; }

    /// <summary>Number of calls in one timed sample.</summary>
    public required int Calls { get; init; }

    public required double Flops { get; init; }

    public required double Bytes { get; init; }

    public required double GigaflopsPerSecond { get; init; }

    public required double GigabytesPerSecond { get; init; }

    /// <summary>The larger of the shares of probed multiply-adds and of probed bandwidth.</summary>
    public required double ShareOfPeak { get; init; }

    /// <summary>For attention: visited tiles of 16 keys, summed over rows and heads; else null.</summary>
    public long? TilesVisited { get; init; }

    /// <summary>The same for a mask over all keys.</summary>
    public long? TilesOfMask { get; init; }

    /// <summary>For attention: the time of the masked way over this one's; else null.</summary>
    public double? SpeedupOverMask { get; init; }
}
