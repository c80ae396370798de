using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.Cuda.Tests.Runner;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.RunnerSteps;

namespace PlannedDiffusion.Cuda.Tests.Runtime;

/// <summary>Kernels that may begin before the one before them has ended: which ones are launched so.</summary>
public sealed class OverlapTests(TestDevice device) : CudaTests(device)
{
    private const string Plain = "cuLaunchKernel", Early = "cuLaunchKernelEx";

    /// <summary>As in CUDA's own header; the driver believes what it is given.</summary>
    [Fact]
    public void TheLaunchStructsAreTheDrivers()
    {
        Assert.Equal(56, Unsafe.SizeOf<LaunchConfig>());
        Assert.Equal(24, Offset<LaunchConfig>(nameof(LaunchConfig.SharedBytes)));
        Assert.Equal(32, Offset<LaunchConfig>(nameof(LaunchConfig.Stream)));
        Assert.Equal(40, Offset<LaunchConfig>(nameof(LaunchConfig.Attributes)));
        Assert.Equal(48, Offset<LaunchConfig>(nameof(LaunchConfig.AttributeCount)));
        Assert.Equal(72, Unsafe.SizeOf<LaunchAttribute>());
        Assert.Equal(8, Offset<LaunchAttribute>(nameof(LaunchAttribute.Value)));
    }

    [Fact]
    public unsafe void TheLaunchStructsAreTheSimulators()
    {
        _ = Simulator.Require(Device);
        nint export = NativeLibrary.GetExport(Device.Device.Libraries.Driver, "cuda_sim_launch_layout");
        uint* layout = stackalloc uint[7];
        ((delegate* unmanaged<uint*, void>)export)(layout);
        int[] expected =
        [
            Unsafe.SizeOf<LaunchConfig>(), Offset<LaunchConfig>(nameof(LaunchConfig.SharedBytes)),
            Offset<LaunchConfig>(nameof(LaunchConfig.Stream)), Offset<LaunchConfig>(nameof(LaunchConfig.Attributes)),
            Offset<LaunchConfig>(nameof(LaunchConfig.AttributeCount)), Unsafe.SizeOf<LaunchAttribute>(),
            Offset<LaunchAttribute>(nameof(LaunchAttribute.Value)),
        ];
        Assert.Equal(expected, new ReadOnlySpan<uint>(layout, 7).ToArray().Select(value => (int)value));
    }

    [Theory]
    [InlineData(9, 12030, true)]
    [InlineData(10, 13000, true)]
    [InlineData(9, 12020, false)]
    [InlineData(8, 13000, false)]
    public void OldDevicesAndDriversDoNotOverlap(int major, int driver, bool expected) =>
        Assert.Equal(expected, CudaDevice.AllowsOverlap(major, driver));

    [Fact]
    public void TheFirstKernelOfAStepWaitsForAllAndTheOthersBeginEarly()
    {
        (long plain, long early) = LaunchesOfAStep(CudaRunners.Exact);
        Assert.Equal(1, plain);
        Assert.Equal(KernelsOfAStep - 1, early);
    }

    [Fact]
    public void AGraphHasTheSameLaunchesAndRunsWithoutThem()
    {
        Assert.Equal((1, KernelsOfAStep - 1), LaunchesOfAStep(CudaRunners.Exact, again: false));
        Assert.Equal((0, 0), LaunchesOfAStep(CudaRunners.Exact, again: true));
    }

    [Fact]
    public void NothingBeginsEarlyWhereItIsSwitchedOff()
    {
        (long plain, long early) = LaunchesOfAStep(CudaRunners.Exact with { OverlapKernels = false });
        Assert.Equal(KernelsOfAStep, plain);
        Assert.Equal(0, early);
    }

    /// <summary>
    /// Five products of cuBLAS; what follows one waits for it as always: SiLU-mul, rotary, norms, and the sampler.
    /// </summary>
    [Fact]
    public void WhatFollowsCuBlasWaitsForIt()
    {
        Assert.SkipUnless(Device.Device.Libraries.HasCuBlas, "cuBLAS is not installed.");
        (long plain, long early) = LaunchesOfAStep(CudaRunners.Exact with { Products = ProductChoice.CuBlas });
        Assert.Equal(1 + 5, plain);
        Assert.Equal(KernelsOfAStep - 5 + 1 - 6, early); // five products less, one SiLU-mul more
    }

    // A layer: two norms, four products, rotary, attention and its sum; beside it the embedding, the last norm, the
    // head, two kernels that sample and one that unmasks.
    private const int KernelsOfAStep = 9 + 6;

    private static int Offset<T>(string field) => (int)Marshal.OffsetOf<T>(field);

    /// <summary>
    /// Plain and early launches of a step: one by one, or of a graph that is captured or there already.
    /// </summary>
    private (long Plain, long Early) LaunchesOfAStep(CudaSetup options, bool? again = null)
    {
        Simulator driver = Simulator.Require(Device);
        using ModelWeights weights = TinyModels.InMemory(TinyModels.Config() with { LayerCount = 1 });
        using CudaModelRunner runner = CudaRunners.Create(weights, options with { UseGraphs = again is not null });
        int sequence = runner.OpenSequence(100), mask = runner.Config.MaskTokenId!.Value;
        runner.WriteTokens(sequence, 0, [.. Enumerable.Range(0, 80).Select(i => i < 40 ? i * 7 % 300 : mask)]);
        if (again == true) runner.Forward(EveryKindOfWork(sequence, count: 3));
        (long plain, long early) = (driver.Calls(Plain), driver.Calls(Early));
        runner.Forward(EveryKindOfWork(sequence, count: 3));
        return (driver.Calls(Plain) - plain, driver.Calls(Early) - early);
    }
}
