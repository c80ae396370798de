using PlannedDiffusion.Cli.Shared.Reports;

namespace PlannedDiffusion.Bench.Host;

/// <summary>
/// What <c>pd-bench attention</c> and <c>pd-bench ops</c> measure; shares are of the better of the two probes.
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
/// One operation. Flops are those of its result, whatever is computed beside; bytes those that it has to move at least.
/// </summary>
internal sealed record OpReport
{
    public required string Op { get; init; }

    /// <summary>How it was done, where there are several ways.</summary>
    public string? Way { get; init; }

    public required string Shape { get; init; }

    public required string Type { get; init; }

    public required int Rows { get; init; }

    public required double MedianMicroseconds { get; init; }

    public required double P95Microseconds { get; init; }

    /// <summary>Calls between two looks at the clock.</summary>
    public required int Calls { get; init; }

    public required double Flops { get; init; }

    public required double Bytes { get; init; }

    public required double GigaflopsPerSecond { get; init; }

    public required double GigabytesPerSecond { get; init; }

    /// <summary>The larger share of probed multiply-adds and of probed bandwidth.</summary>
    public required double ShareOfPeak { get; init; }

    /// <summary>Attention: tiles of 16 keys that are visited, summed over rows and heads.</summary>
    public long? TilesVisited { get; init; }

    /// <summary>The same for a mask over everything.</summary>
    public long? TilesOfMask { get; init; }

    /// <summary>Attention: the masked way's time over this one's.</summary>
    public double? SpeedupOverMask { get; init; }
}
