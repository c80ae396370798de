using PlannedDiffusion.Diagnostics;

namespace PlannedDiffusion.Bench.Host;

/// <summary>A step to measure.</summary>
/// <param name="Rows">1: an autoregressive step; more: a denoise step over a block of that many masked rows.</param>
/// <param name="Cached">Positions before them that are in the K/V cache.</param>
/// <param name="Prefill">
/// True: the rows are part of a prompt. Each sees those before it, and only the last one has logits.
/// </param>
public readonly record struct StepShape(int Rows, int Cached, bool Prefill = false);

/// <summary>The times of a step, and its work.</summary>
public sealed record StepMeasurement
{
    /// <summary>The measured step.</summary>
    public required StepShape Shape { get; init; }

    /// <summary>Number of timed steps.</summary>
    public required int Repetitions { get; init; }

    /// <summary>Median time of a step.</summary>
    public required double MedianMilliseconds { get; init; }

    /// <summary>Time of the fastest step, which other load on the machine disturbed least.</summary>
    public required double FastestMilliseconds { get; init; }

    /// <summary>Time that 95 % of the steps did not exceed.</summary>
    public required double P95Milliseconds { get; init; }

    /// <summary>Bytes of weights that a step reads at least once.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Floating-point operations of a step: products and attention.</summary>
    public required double Flops { get; init; }

    /// <summary>Managed bytes allocated per step, on all threads.</summary>
    public required double AllocatedBytesPerStep { get; init; }

    /// <summary>Weights read per second.</summary>
    public double GigabytesPerSecond => WeightBytes / MedianMilliseconds / 1e6;

    /// <summary>Work done per second.</summary>
    public double GigaflopsPerSecond => Flops / MedianMilliseconds / 1e6;

    /// <summary>The larger of the shares of probed bandwidth and of probed multiply-adds. 1 is the roofline.</summary>
    public double ShareOf(MachineLimits limits) => Math.Max(
        GigabytesPerSecond / limits.GigabytesPerSecond, GigaflopsPerSecond / limits.GigaflopsPerSecond);
}
