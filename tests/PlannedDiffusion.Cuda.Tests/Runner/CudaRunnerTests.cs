using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>The runners of hosts: a GPU or an error, and a GPU or the CPU and why.</summary>
public sealed class CudaRunnerTests(TestDevice device) : CudaTests(device)
{
    private static readonly CudaRunnerOptions Fits = new CudaSetup { KvPoolPositions = 160 }.Cuda;
    private static readonly CudaRunnerOptions TooLarge = new CudaSetup { KvPoolPositions = int.MaxValue }.Cuda;

    [Fact]
    public void WhatIsAskedOfEveryRunnerReachesTheDevice()
    {
        _ = Device.Device;
        var progress = new ProgressList();
        var asked = new RunnerOptions
        {
            Limits = CudaRunners.SmallLimits,
            Precision = Precision.F32,
            Progress = progress,
            TimeSteps = true,
        };
        foreach (Func<ModelWeights, RunnerOptions, IModelRunner> make in
            (Func<ModelWeights, RunnerOptions, IModelRunner>[])[CudaRunner.Factory(Fits), CudaRunner.OrCpu(Fits)])
        {
            progress.Reports.Clear();
            using IModelRunner runner = Make(make, asked);
            string where = $"{Device.Device.Name}, {Device.Device.Architecture}";
            Assert.Equal((CudaRunners.SmallLimits, $"cuda: {where}, f32"), (runner.Limits, runner.Device));
            Assert.NotNull(runner.StepClock);
            Assert.NotEmpty(progress.Reports);
        }
    }

    [Fact]
    public void WhereNobodySaysItIsBFloat16AndTheUsualLimits()
    {
        _ = Device.Device;
        using IModelRunner runner = Make(
            CudaRunner.OrCpu(new CudaSetup { KvPoolPositions = 4 * 2048 }.Cuda), new RunnerOptions());
        Assert.EndsWith(", bf16", runner.Device, StringComparison.Ordinal);
        Assert.Equal(new RunnerLimits { MaxSequences = 4, MaxPositions = 2048 }, runner.Limits);
        Assert.Null(runner.StepClock);
    }

    [Fact]
    public void WhatDoesNotFitTheDeviceIsAnErrorOrGoesToTheCpuWhichSaysWhy()
    {
        _ = Device.Device;
        var small = new RunnerOptions { Limits = CudaRunners.SmallLimits, Threads = 1 };
        var refusal = Assert.Throws<RunnerCapacityException>(() => Make(CudaRunner.Factory(TooLarge), small));
        using IModelRunner runner = Make(CudaRunner.OrCpu(TooLarge), small);
        Assert.StartsWith("cpu: A K/V pool of ", runner.Device, StringComparison.Ordinal);
        Assert.Equal($"cpu: {refusal.Message}", runner.Device);
        using PlannedDiffusionEngine engine = Around(runner);
        Assert.Equal(runner.Device, engine.Device);
    }

    /// <summary>A mistake of the caller is told, not passed over.</summary>
    [Fact]
    public void BadOptionsAreRefusedAlsoWhereTheCpuWouldDo()
    {
        _ = Device.Device;
        var none = new CudaRunnerOptions { KvPoolPositions = 0 };
        Assert.Throws<ArgumentOutOfRangeException>(() => Make(CudaRunner.OrCpu(none), new RunnerOptions()));
        var many = new RunnerOptions { Precision = (Precision)7 };
        Assert.Throws<ArgumentOutOfRangeException>(() => Make(CudaRunner.OrCpu(Fits), many));
    }

    private static IModelRunner Make(
        Func<ModelWeights, RunnerOptions, IModelRunner> make, RunnerOptions options)
    {
        using ModelWeights weights = TinyModels.InMemory(Config);
        return make(weights, options);
    }
}
