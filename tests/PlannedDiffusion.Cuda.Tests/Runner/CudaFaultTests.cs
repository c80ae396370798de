using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Cuda.Tests.Runner;

/// <summary>
/// Each native function that loading and one request call fails once, at its first call and at later ones: an exception
/// names it, everything is freed, and the next engine works.
/// </summary>
public sealed class CudaFaultTests(TestDevice device, ITestOutputHelper output) : CudaTests(device)
{
    private static readonly string[] Driver =
    [
        "cuInit", "cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName", "cuDeviceGetAttribute",
        "cuDevicePrimaryCtxRetain", "cuCtxSetCurrent", "cuMemGetInfo_v2", "cuMemAlloc_v2", "cuMemHostAlloc",
        "cuMemcpyHtoDAsync_v2", "cuMemcpyDtoHAsync_v2", "cuMemsetD8Async", "cuMemsetD2D8Async", "cuModuleLoadDataEx",
        "cuModuleGetFunction", "cuFuncGetAttribute", "cuFuncSetAttribute", "cuLaunchKernel", "cuLaunchKernelEx",
        "cuStreamCreate", "cuStreamSynchronize", "cuStreamBeginCapture_v2", "cuStreamEndCapture",
        "cuGraphInstantiateWithFlags", "cuGraphLaunch", "cuEventCreate", "cuEventRecord", "cuEventSynchronize",
    ];

    /// <summary>What steps are timed with.</summary>
    private static readonly string[] Timing =
        ["cuEventCreate", "cuEventRecord", "cuEventSynchronize", "cuEventQuery", "cuEventElapsedTime"];

    private static readonly string[] CuBlas =
        ["cublasCreate_v2", "cublasSetStream_v2", "cublasSetWorkspace_v2", "cublasGemmEx"];

    /// <summary>What gives something back, which nobody waits for: a failure is passed over.</summary>
    private static readonly string[] Freeing =
    [
        "cuMemFree_v2", "cuMemFreeHost", "cuEventDestroy_v2", "cuStreamDestroy_v2", "cuModuleUnload", "cuGraphDestroy",
        "cuGraphExecDestroy", "cuDevicePrimaryCtxRelease_v2", "cublasDestroy_v2", "nvrtcDestroyProgram",
    ];

    private static readonly string[] Compiler =
        ["nvrtcVersion", "nvrtcCreateProgram", "nvrtcCompileProgram", "nvrtcGetCUBINSize", "nvrtcGetCUBIN"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static CudaSetup Small => CudaRunners.Exact with
    {
        Limits = new RunnerLimits { MaxSequences = 1, MaxPositions = 64, MaxRowsPerStep = 32 },
    };

    public static TheoryData<string> DriverFunctions => [.. Driver];

    public static TheoryData<string> TimingFunctions => [.. Timing];

    public static TheoryData<string> CuBlasFunctions => [.. CuBlas];

    public static TheoryData<string> CompilerFunctions => [.. Compiler];

    public static TheoryData<string> FreeingFunctions => [.. Freeing];

    [Theory]
    [MemberData(nameof(DriverFunctions))]
    public Task AFailingDriverIsNamedAndLeavesNothingBehind(string function) => FailsCleanly(function, Small);

    [Theory]
    [MemberData(nameof(TimingFunctions))]
    public Task AFailureToTimeIsNamedAndLeavesNothingBehind(string function) =>
        FailsCleanly(function, Small with { TimeSteps = true });

    [Theory]
    [MemberData(nameof(CuBlasFunctions))]
    public Task AFailingCuBlasIsNamedAndLeavesNothingBehind(string function) =>
        FailsCleanly(function, Small with { Products = ProductChoice.CuBlas });

    /// <summary>Where it may multiply but need not, the runner goes on without it, and says so.</summary>
    [Theory]
    [InlineData("cublasCreate_v2")]
    [InlineData("cublasSetStream_v2")]
    [InlineData("cublasSetWorkspace_v2")]
    public async Task ACuBlasThatCannotBeCreatedIsDoneWithout(string function)
    {
        Simulator driver = Simulator.Require(Device);
        long before = driver.LiveObjects;
        CudaSetup options = Small with { Precision = Precision.BF16, Products = ProductChoice.Automatic };
        using ModelWeights weights = TinyModels.InMemory(Config with { LayerCount = 1 });
        CudaModelRunner well = CudaRunners.Create(weights, options);
        Assert.Empty(well.Notes);
        int[] expected = await Answer(well);

        driver.Fail(function, 1, CudaResult.LaunchFailed);
        CudaModelRunner without = CudaRunners.Create(weights, options);

        Assert.Contains(
            $"cuBLAS is not used. {function} failed: ", Assert.Single(without.Notes), StringComparison.Ordinal);
        Assert.Equal(expected, await Answer(without));
        Assert.Equal(before, driver.LiveObjects);
    }

    /// <summary>
    /// The simulated driver frees what it is told to free and then says that it failed; a real one may not have.
    /// </summary>
    [Theory]
    [MemberData(nameof(FreeingFunctions))]
    public async Task AFailureToFreeSpoilsNothing(string function)
    {
        Simulator driver = Simulator.Require(Device);
        bool compiles = function.StartsWith("nvrtc", StringComparison.Ordinal);
        CudaSetup options = Small with
        {
            Products = ProductChoice.CuBlas,
            KernelCacheFolder = compiles ? "" : Small.KernelCacheFolder,
            TimeSteps = true,
        };
        long before = driver.LiveObjects;
        int[] expected = await LoadAndAnswer(options);
        driver.Reset();
        driver.Fail(function, 1, CudaResult.LaunchFailed);
        Assert.Equal(expected, await LoadAndAnswer(options));
        Assert.True(driver.Calls(function) > 0, $"{function} was not called");
        Assert.Equal(before, driver.LiveObjects);
        driver.Reset();
        Assert.Equal(expected, await LoadAndAnswer(options));
    }

    /// <summary>
    /// Without a cache, so that there is something to compile; at the first call, as that takes long. No weights have
    /// been copied by then, which takes longer still.
    /// </summary>
    [Theory]
    [MemberData(nameof(CompilerFunctions))]
    public async Task AFailingCompilerIsNamedAndLeavesNothingBehind(string function)
    {
        Simulator driver = Simulator.Require(Device);
        Assert.True(Device.Device.Libraries.HasNvrtc); // looked for once, and the search asks its version
        long before = driver.LiveObjects;
        driver.Fail(function, 1, CudaResult.LaunchFailed);
        var progress = new ProgressList();
        CudaSetup options = Small with { KernelCacheFolder = "", Progress = progress };
        var failure = await Assert.ThrowsAsync<CudaException>(() => LoadAndAnswer(options));
        Assert.Equal(function, failure.Call);
        Assert.Empty(progress.Reports);
        Assert.Equal(before, driver.LiveObjects);
        driver.Reset();
        await LoadAndAnswer(Small);
        Assert.Equal(before, driver.LiveObjects);
    }

    /// <summary>A read that cannot be queued has no ticket: the next one uses its memory.</summary>
    [Theory]
    [InlineData("cuMemcpyDtoHAsync_v2")]
    [InlineData("cuEventRecord")]
    public void AReadThatFailsKeepsNothing(string function)
    {
        Simulator driver = Simulator.Require(Device);
        using ModelWeights weights = TinyModels.InMemory(Config with { LayerCount = 1 });
        using CudaModelRunner runner = CudaRunners.Create(weights, Small);
        int sequence = runner.OpenSequence(8);
        runner.WriteTokens(sequence, 0, [1, 2, 3]);
        int[] tokens = new int[3];
        runner.EndRead(runner.BeginReadTokens(sequence, 0, 3), tokens);
        long live = driver.LiveObjects;
        driver.Reset();
        driver.Fail(function, 1, CudaResult.LaunchFailed);
        Assert.Throws<CudaException>(() => runner.BeginReadTokens(sequence, 0, 3));
        driver.Reset();
        runner.EndRead(runner.BeginReadTokens(sequence, 0, 3), tokens);
        Assert.Equal([1, 2, 3], tokens);
        Assert.Equal(live, driver.LiveObjects);
    }

    /// <summary>The lists above have all that is called, so that nothing new goes untested.</summary>
    [Fact]
    public async Task AllFunctionsThatAreCalledAreTested()
    {
        Simulator driver = Simulator.Require(Device);
        driver.Reset();
        await LoadAndAnswer(Small);
        await LoadAndAnswer(Small with { Products = ProductChoice.CuBlas });
        Assert.Equal(0, driver.Calls("cuEventElapsedTime"));
        await LoadAndAnswer(Small with { TimeSteps = true });
        string[] asking = ["nvrtcGetNumSupportedArchs", "nvrtcGetSupportedArchs"]; // of old compilers, at the most
        string[] called = [.. NativeFunctions.All.Where(function => driver.Calls(function) > 0)];
        Assert.Empty(called.Except([.. Driver, .. Timing, .. CuBlas, .. Compiler, .. Freeing, .. asking]));
    }

    private async Task FailsCleanly(string function, CudaSetup options)
    {
        Simulator driver = Simulator.Require(Device);
        long before = driver.LiveObjects;
        driver.Reset();
        int[] expected = await LoadAndAnswer(options);
        long calls = driver.Calls(function);
        Assert.True(calls > 0, $"{function} was not called");
        int thrown = 0;
        long[] chosen = [.. new SortedSet<long> { 1, (calls + 1) / 2, calls }];
        foreach (long call in chosen)
        {
            driver.Reset();
            driver.Fail(function, (int)call, CudaResult.LaunchFailed);
            try
            {
                Assert.Equal(expected, await LoadAndAnswer(options));
                Assert.True(IsUsedToFree(function), $"Call {call} of {calls} failed unnoticed.");
            }
            catch (Exception e) when (CauseOf(e) is { } failure)
            {
                thrown++;
                Assert.Equal(function, failure.Call);
                output.WriteLine($"{call} of {calls}: {failure.Message}");
            }

            Assert.Equal(before, driver.LiveObjects);
        }

        Assert.True(thrown > 0);

        driver.Reset();
        Assert.Equal(expected, await LoadAndAnswer(options));
        Assert.Equal(before, driver.LiveObjects);
    }

    /// <summary>Giving memory back makes the context current and waits for copies, and goes on if that fails.</summary>
    private static bool IsUsedToFree(string function) => function is "cuCtxSetCurrent" or "cuStreamSynchronize";

    /// <summary>The failure itself, or that after which an engine computes no more.</summary>
    private static CudaException? CauseOf(Exception e) => e switch
    {
        CudaException failure => failure,
        EngineFaultedException { InnerException: CudaException { IsSticky: true } failure } => failure,
        _ => null,
    };

    private static async Task<int[]> LoadAndAnswer(CudaSetup options)
    {
        using ModelWeights weights = TinyModels.InMemory(Config with { LayerCount = 1 });
        return await Answer(CudaRunners.Create(weights, options));
    }

    private static async Task<int[]> Answer(CudaModelRunner runner)
    {
        using PlannedDiffusionEngine engine = Around(runner);
        GenerationOptions options = Planned("<promise>-<topic>a 1</topic><|im_end|>") with
        {
            MaxLength = null,
            MaxNewTokens = 20,
        };
        GenerationRequest request = Request("say", options.WithPlans(plans => plans with { LengthScale = 4 }));
        return [.. (await engine.CompleteAsync(request, Cancellation)).Tokens];
    }
}
