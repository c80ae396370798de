using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Cpu;

/// <summary>Options of a <see cref="CpuModelRunner"/>, beside those of every runner.</summary>
public sealed record CpuRunnerOptions
{
    /// <summary>Vector width. Widths below the hardware's are for tests.</summary>
    public SimdWidth Simd { get; init; } = SimdWidth.Widest;

    /// <summary>
    /// The reason why the model is not on another device, in one sentence; null if no other was requested.
    /// </summary>
    internal string? InsteadOf { get; init; }
}
