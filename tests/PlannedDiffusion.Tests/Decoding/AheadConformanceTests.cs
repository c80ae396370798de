using PlannedDiffusion.Cpu;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.TestKit.Conformance;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>The runner that simulates a device in tests of running ahead conforms.</summary>
public sealed class AheadConformanceTests
{
    public static TheoryData<int, string> Cases => new(
        from depth in (int[])[0, 2, int.MaxValue]
        from check in ModelRunnerConformance.Names
        select (depth, check));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Conforms(int depth, string check) => ModelRunnerConformance.Run(
        check,
        new RunnerSubject("ahead", (weights, limits) => new AheadRunner(Cpu(weights, limits), depth), Tolerance: 0));

    private static CpuModelRunner Cpu(ModelWeights weights, RunnerLimits limits) =>
        CpuModelRunner.Create(weights, new RunnerOptions { Threads = 1, Limits = limits });
}
