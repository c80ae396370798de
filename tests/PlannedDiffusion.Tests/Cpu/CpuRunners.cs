using PlannedDiffusion.Cpu;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu;

/// <summary>CPU runners for tests.</summary>
internal static class CpuRunners
{
    /// <summary>The vector widths of this machine. Missing ones are named in the output.</summary>
    public static TheoryData<SimdWidth> Widths { get; } = new(
        Enum.GetValues<SimdWidth>().Where(width => width != SimdWidth.Widest && SimdSupport.IsSupported(width)));

    /// <summary>The kernels of all these widths, with both shapes of tiles.</summary>
    public static IReadOnlyList<CpuKernels> Kernels { get; } = [.. Enum.GetValues<SimdWidth>()
        .Where(width => width != SimdWidth.Widest && SimdSupport.IsSupported(width))
        .SelectMany(width => new[] { CpuKernels.For(width, true), CpuKernels.For(width, false) })];

    /// <summary>One for each of these widths.</summary>
    public static IReadOnlyList<CpuKernels> KernelsOfEachWidth { get; } = [.. Kernels.DistinctBy(one => one.GetType())];

    public static RunnerLimits SmallLimits { get; } =
        new() { MaxRowsPerStep = 512, MaxPositions = 2048, MaxSequences = 4 };

    public static CpuModelRunner Load(string folder, int threads, SimdWidth width = SimdWidth.Widest)
    {
        using ModelWeights weights = ModelWeights.Load(folder);
        return Create(weights, threads, width);
    }

    public static CpuModelRunner Create(ModelWeights weights, int threads, SimdWidth width = SimdWidth.Widest) =>
        CpuModelRunner.Create(
            weights,
            new RunnerOptions { Threads = threads, Limits = SmallLimits },
            new CpuRunnerOptions { Simd = width });
}
