using PlannedDiffusion.Cuda.Interop;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Interop;

public sealed class CudaExceptionTests(TestDevice device) : CudaTests(device)
{
    [Fact]
    public void AFailedCallOfTheDriverIsNamedWithItsCodeAndText()
    {
        Device.Device.MakeCurrent();

        CudaException e = Assert.Throws<CudaException>(
            () => CudaException.ThrowIfFailed(DriverApi.cuMemAlloc_v2(out _, 0)));

        Assert.Equal("cuMemAlloc_v2", e.Call);
        Assert.Equal((int)CudaResult.InvalidValue, e.Code);
        Assert.Equal("CUDA_ERROR_INVALID_VALUE", e.Name);
        Assert.StartsWith("cuMemAlloc_v2 failed: CUDA_ERROR_INVALID_VALUE (1), ", e.Message, StringComparison.Ordinal);
    }

    /// <summary>A kernel's fault stays. A refused call does not, and cuBLAS has numbers of its own.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(214, true)]
    [InlineData(600, false)]
    [InlineData(700, true)]
    [InlineData(701, false)]
    [InlineData(719, true)]
    public void FaultsOfTheContextAreSticky(int code, bool sticky)
    {
        Device.Device.MakeCurrent();
        CudaException driver = Assert.Throws<CudaException>(() => CudaException.ThrowIfFailed((CudaResult)code));
        CudaException other = Assert.Throws<CudaException>(() => CudaException.ThrowIfFailed((CuBlasStatus)code));
        Assert.Equal((sticky, false), (driver.IsSticky, other.IsSticky));
    }

    [Fact]
    public void AnUnknownCodeIsStillReported()
    {
        Device.Device.MakeCurrent();

        CudaException e = Assert.Throws<CudaException>(() => CudaException.ThrowIfFailed((CudaResult)98765));

        Assert.Equal(98765, e.Code);
        Assert.Contains("98765", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FailuresOfTheCompilerAndOfCuBlasAreNamedToo()
    {
        Device.Device.MakeCurrent();
        nint none = 0;

        CudaException compiler = Assert.Throws<CudaException>(
            () => CudaException.ThrowIfFailed(NvrtcApi.nvrtcDestroyProgram(ref none)));
        CudaException blas = Assert.Throws<CudaException>(
            () => CudaException.ThrowIfFailed(CuBlasStatus.NotSupported, "CuBlasApi.cublasGemmEx(handle)"));

        Assert.Equal("nvrtcDestroyProgram", compiler.Call);
        Assert.Equal("NVRTC_ERROR_INVALID_PROGRAM", compiler.Name);
        Assert.Equal("cublasGemmEx failed: cuBLAS status NotSupported (15)", blas.Message);
    }

    [Fact]
    public void SuccessThrowsNothing()
    {
        CudaException.ThrowIfFailed(CudaResult.Success);
        CudaException.ThrowIfFailed(NvrtcResult.Success);
        CudaException.ThrowIfFailed(CuBlasStatus.Success);
    }
}
