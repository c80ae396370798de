using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cpu;

/// <summary>How a <see cref="CpuModelRunner"/> is built.</summary>
public sealed record CpuRunnerOptions
{
    /// <summary>Threads that compute a step; 0 for as many as there are physical cores.</summary>
    public int Threads { get; init; }

    /// <summary>What one step and one sequence may hold; memory for them is reserved at once.</summary>
    public RunnerLimits Limits { get; init; } = new();

    /// <summary>Vector width. Widths below the hardware's are for tests.</summary>
    public SimdWidth Simd { get; init; } = SimdWidth.Widest;
}
