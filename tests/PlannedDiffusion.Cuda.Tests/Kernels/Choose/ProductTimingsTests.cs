using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Kernels.Choose;
using PlannedDiffusion.Cuda.Kernels.Launch;
using PlannedDiffusion.Cuda.Runtime;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Kernels.Choose;

public sealed class ProductTimingsTests(TestDevice device) : CudaTests(device)
{
    /// <summary>A failed launch, the first and a later one, would else leave a stream that can only record.</summary>
    [Theory]
    [InlineData("cuLaunchKernel", 1)]
    [InlineData("cuLaunchKernel", 2)]
    [InlineData("cublasGemmEx", 1)]
    [InlineData("cuStreamEndCapture", 1)]
    [InlineData("cuGraphInstantiateWithFlags", 1)]
    public void WhatFailsWhileALaunchIsRecordedLeavesAStreamThatWorks(string function, int nth)
    {
        Simulator simulator = Simulator.Require(Device);
        using CudaStream stream = Device.Device.CreateStream();
        using CuBlas cuBlas = CuBlas.Load(Device.Device, stream, 1 << 20);
        var products = new MatrixProducts(Device.Library, true, cuBlas, ProductTables.None);
        var timings = new ProductTimings(Device.Device, stream, true);
        ProductShape[] shapes = [new ProductShape(64, 64, ProductResult.Partial)];
        int[] rows = [16];
        int ways = timings.Measure(products, shapes, rows).Count;
        long before = simulator.LiveObjects;
        simulator.Reset();

        simulator.Fail(function, nth, CudaResult.LaunchFailed);
        CudaException failure = Assert.Throws<CudaException>(() => timings.Measure(products, shapes, rows));

        Assert.Equal(function, failure.Call);
        Assert.Equal(before, simulator.LiveObjects);
        stream.Synchronize();
        Assert.Equal(ways, timings.Measure(products, shapes, rows).Count);
    }
}
