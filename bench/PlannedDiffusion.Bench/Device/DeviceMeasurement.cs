namespace PlannedDiffusion.Bench.Device;

/// <summary>A measurement of one call.</summary>
/// <param name="Group">The benchmark.</param>
/// <param name="Name">What was measured.</param>
/// <param name="Rows">Rows of the step; 0 if it has none.</param>
/// <param name="Time">The time of one call.</param>
internal sealed record DeviceMeasurement(string Group, string Name, int Rows, DeviceTime Time)
{
    /// <summary>The least bytes that the call reads and writes.</summary>
    public double Bytes { get; init; }

    /// <summary>Operations that the call computes.</summary>
    public double Flops { get; init; }

    /// <summary>A further number, which <see cref="Detail"/> explains.</summary>
    public double? Ratio { get; init; }

    /// <summary>A remark.</summary>
    public string? Detail { get; init; }
}
