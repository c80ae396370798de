using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu;

/// <summary>Recorded forward passes through the CPU runner at every vector width.</summary>
[Trait("Category", "Golden")]
public sealed class GoldenForwardTests
{
    [Theory]
    [MemberData(nameof(CpuRunners.Widths), MemberType = typeof(CpuRunners))]
    public void LogitsOfAllRecordedPassesAgree(SimdWidth width)
    {
        (int cases, double worst) = GoldenForward.LargestDifference(
            model => CpuRunners.Load(GoldenModels.Folder(model), threads: 2, width));
        TestContext.Current.TestOutputHelper?.WriteLine($"{width}: {cases} passes, largest difference {worst:G3}");
        Assert.True(cases >= Golden.Names("forward").Count);
        Assert.InRange(worst, 0, Tolerances.GoldenLogits);
    }
}
