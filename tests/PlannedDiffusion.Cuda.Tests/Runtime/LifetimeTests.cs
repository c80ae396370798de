using System.Runtime.CompilerServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Runtime;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Runtime;

/// <summary>All that is made is freed: in any order, by disposal or the collector, and after any failure.</summary>
public sealed class LifetimeTests(TestDevice device) : CudaTests(device)
{
    private const string Set =
        """
        #include "base/types.cuh"

        struct SetParameters {
            int* value;
        };

        extern "C" __global__ void set(SetParameters p) {
            if (threadIdx.x == 0) *p.value = 42;
        }
        """;

    /// <summary>Functions that <see cref="Work"/> calls, and that may fail there.</summary>
    public static TheoryData<string> Functions { get; } = new(
        "cuInit", "cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName", "cuDeviceGetAttribute",
        "cuDevicePrimaryCtxRetain", "cuCtxSetCurrent", "cuMemAlloc_v2", "cuMemHostAlloc", "cuStreamCreate",
        "cuEventCreate", "cuModuleLoadDataEx", "cuModuleGetFunction", "cuFuncSetAttribute", "cuFuncGetAttribute",
        "cuMemsetD8Async", "cuMemsetD2D8Async", "cuMemcpyHtoDAsync_v2", "cuMemcpyDtoDAsync_v2", "cuMemcpyDtoHAsync_v2",
        "cuLaunchKernel", "cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphInstantiateWithFlags",
        "cuGraphLaunch", "cuEventRecord", "cuStreamWaitEvent", "cuEventSynchronize", "cuEventQuery", "cuStreamQuery",
        "cuStreamSynchronize", "cuMemGetInfo_v2", "nvrtcVersion", "nvrtcCreateProgram", "nvrtcCompileProgram",
        "nvrtcGetCUBINSize", "nvrtcGetCUBIN");

    [Fact]
    public void NothingIsLeftWhenADeviceIsDisposed()
    {
        Simulator simulator = Simulator.Require(Device);
        long before = simulator.LiveObjects;

        Assert.Equal(42, Work(compile: true));

        Assert.Equal(before, simulator.LiveObjects);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void AfterAnyFailureNothingIsLeftAndTheNextDeviceWorks(string function)
    {
        Simulator simulator = Simulator.Require(Device);
        long before = simulator.LiveObjects;
        bool compile = function.StartsWith("nvrtc", StringComparison.Ordinal);
        int failures = 0;
        try
        {
            for (int nth = 1; ; nth++)
            {
                simulator.Fail(function, nth, CudaResult.LaunchFailed);
                try
                {
                    Assert.Equal(42, Work(compile));
                    break; // it is not called so often
                }
                catch (CudaException e)
                {
                    failures++;
                    Assert.Equal(function, e.Call);
                    Assert.Equal((int)CudaResult.LaunchFailed, e.Code);
                }

                Assert.Equal(before, simulator.LiveObjects);
            }
        }
        finally
        {
            simulator.Reset();
        }

        Assert.True(failures > 0, $"{function} is not called.");
        Assert.Equal(before, simulator.LiveObjects);
        Assert.Equal(42, Work(compile: false));
    }

    [Fact]
    public void ThingsOutliveTheDeviceTheyWereMadeOn()
    {
        Simulator simulator = Simulator.Require(Device);
        long before = simulator.LiveObjects;
        CudaDevice other = CudaDevice.Open();
        DeviceMemory memory = other.Allocate(100, "late");
        CudaStream stream = other.CreateStream();

        other.Dispose();
        Assert.Throws<ObjectDisposedException>(() => other.Allocate(1, "too late"));
        stream.Fill(memory.Address, 1, memory.Bytes);
        stream.Synchronize();
        stream.Dispose();
        memory.Dispose();

        Assert.Equal(before, simulator.LiveObjects);
    }

    [Fact]
    public void WhatIsDisposedTwiceIsFreedOnceAndCannotBeUsed()
    {
        DeviceMemory memory = Device.Device.Allocate(16, "short-lived");
        CudaStream stream = Device.Device.CreateStream();
        memory.Dispose();
        memory.Dispose();
        stream.Dispose();
        stream.Dispose();

        Assert.Throws<ObjectDisposedException>(() => memory.Address);
        Assert.Throws<ObjectDisposedException>(stream.Synchronize);
    }

    [Fact]
    public void TheCollectorFreesWhatWasForgotten()
    {
        Simulator simulator = Simulator.Require(Device);
        Collect(); // what other tests forgot
        long before = simulator.LiveObjects;
        Forget();
        Assert.Equal(before + 5, simulator.LiveObjects);

        Collect();

        Assert.Equal(before, simulator.LiveObjects);
    }

    private static void Collect()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget()
    {
        CudaDevice device = CudaDevice.Open();
        device.Allocate(100, "forgotten");
        device.AllocatePinned(100, "forgotten");
        device.CreateStream();
        device.CreateEvent();
    }

    /// <summary>A little of everything, on a device of its own; the value that a kernel wrote.</summary>
    private static int Work(bool compile)
    {
        using CudaDevice device = CudaDevice.Open();
        KernelCompilerOptions? options = compile ? new() { CacheFolder = "" } : TestDevice.Folders();
        using var library = new KernelLibrary(device, new KernelCompiler(device.Libraries, options));
        using DeviceMemory value = device.Allocate(16, "value");
        using PinnedMemory pinned = device.AllocatePinned(16, "pinned");
        using CudaStream stream = device.CreateStream();
        using CudaStream other = device.CreateStream();
        using CudaEvent mark = device.CreateEvent();
        CudaModule module = library.Load(KernelSource.FromText("set.cu", Set), new KernelOptions(true));
        CudaFunction set = module.GetFunction("set");
        set.AllowShared(64 * 1024);
        _ = set.Attributes();
        _ = device.Memory();
        stream.Fill(value.Address, 1, 16);
        stream.Fill2D(value.Address, 8, 2, 4, 2);
        using CudaGraph graph = stream.Capture(() =>
        {
            var parameters = new SetParameters { Value = value.Address };
            set.Launch(stream, new(1), new(32), 0, parameters);
        });
        stream.Launch(graph);
        stream.Record(mark);
        other.Wait(mark);
        other.Copy(value.Address + 8, value.Address, 4);
        other.CopyToHost(pinned.Address, value.Address + 8, 4);
        other.Record(mark);
        mark.Synchronize();
        Assert.True(mark.IsDone() && other.IsIdle());
        int result = BitConverter.ToInt32(pinned.Span);
        stream.CopyToDevice(value.Address, pinned.Address, 16);
        stream.Synchronize();
        return result;
    }

    private struct SetParameters
    {
        public ulong Value;
    }
}
