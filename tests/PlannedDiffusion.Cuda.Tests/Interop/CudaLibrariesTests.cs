using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Options;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Interop;

public sealed class CudaLibrariesTests(TestDevice device) : CudaTests(device)
{
    [Fact]
    public void TheFirstChoiceHoldsAndAnotherOneIsRefused()
    {
        CudaLibraries libraries = Device.Device.Libraries;

        Assert.Same(libraries, CudaLibraries.Use());
        var other = new CudaLibraryPaths { Driver = "/nowhere/libcuda.so.1" };
        string message = Assert.Throws<InvalidOperationException>(() => CudaLibraries.Use(other)).Message;
        Assert.Contains("/nowhere/libcuda.so.1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADriverThatCanCompileNeedsNoCompilerBesideIt()
    {
        Simulator.Require(Device);
        Assert.True(Device.Device.Libraries.HasNvrtc);
    }
}
