using PlannedDiffusion.TestKit.Conformance;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>
/// The CUDA runner in f32, with graphs and without. Buckets differ in the order of their sums, so two ways to the same
/// logits agree within rounding, not bit for bit.
/// </summary>
public sealed class CudaConformanceTests(TestDevice device) : CudaTests(device)
{
    public static TheoryData<bool, string> Cases { get; } = Combine();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Conforms(bool graphs, string check)
    {
        _ = Device.Device;
        ModelRunnerConformance.Run(check, new RunnerSubject(
            graphs ? "CUDA f32, graphs" : "CUDA f32, launches",
            (weights, limits) => CudaRunners.Create(
                weights, CudaRunners.Exact with { Limits = limits, UseGraphs = graphs }),
            Tolerance: 2e-5));
    }

    private static TheoryData<bool, string> Combine()
    {
        var cases = new TheoryData<bool, string>();
        foreach (string check in ModelRunnerConformance.Names)
        {
            cases.Add(true, check);
            cases.Add(false, check);
        }

        return cases;
    }
}
