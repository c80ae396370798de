using PlannedDiffusion.Cpu;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Forward;
using PlannedDiffusion.TestKit.Conformance;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu;

/// <summary>The CPU runner at every vector width and with one to three threads: bit for bit.</summary>
public sealed class CpuConformanceTests
{
    public static TheoryData<SimdWidth, int, string> Cases { get; } = Combine();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Conforms(SimdWidth width, int threads, string check) => ModelRunnerConformance.Run(
        check,
        new RunnerSubject($"CPU {width} x {threads}", (weights, limits) => CpuModelRunner.Create(
            weights,
            new RunnerOptions { Threads = threads, Limits = limits },
            new CpuRunnerOptions { Simd = width }), Tolerance: 0));

    private static TheoryData<SimdWidth, int, string> Combine()
    {
        var cases = new TheoryData<SimdWidth, int, string>();
        foreach (SimdWidth width in Enum.GetValues<SimdWidth>().Where(SimdSupport.IsSupported))
        {
            if (width == SimdWidth.Widest) continue;
            for (int threads = 1; threads <= 3; threads++)
            {
                foreach (string check in ModelRunnerConformance.Names) cases.Add(width, threads, check);
            }
        }

        return cases;
    }
}
