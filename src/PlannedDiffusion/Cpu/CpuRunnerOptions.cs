using PlannedDiffusion.Cpu.Simd;

namespace PlannedDiffusion.Cpu;

/// <summary>How a <see cref="CpuModelRunner"/> is built, beside what every runner knows.</summary>
public sealed record CpuRunnerOptions
{
    /// <summary>Vector width. Widths below the hardware's are for tests.</summary>
    public SimdWidth Simd { get; init; } = SimdWidth.Widest;

    /// <summary>Why the model is not on another device, in one sentence; null where nobody asked for another.</summary>
    internal string? InsteadOf { get; init; }
}
