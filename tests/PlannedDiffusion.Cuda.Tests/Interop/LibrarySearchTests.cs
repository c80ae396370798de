using PlannedDiffusion.Cuda.Interop;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Interop;

public sealed class LibrarySearchTests
{
    [Fact]
    public void AMissingLibraryNamesWhatWasTriedAndHowToPointToIt()
    {
        var search = LibrarySearch.ForDriver("/nowhere/libcuda.so.1");

        string message = Assert.Throws<CudaLibraryException>(() => search.Load()).Message;

        Assert.Contains("CUDA driver", message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/libcuda.so.1", message, StringComparison.Ordinal);
        Assert.Contains(LibrarySearch.DriverVariable, message, StringComparison.Ordinal);
        Assert.False(search.TryLoad(out nint library));
        Assert.Equal(0, library);
    }

    [Fact]
    public void ANamedPathIsTheOnlyOneTried()
    {
        Assert.Equal(["/a/b.so"], LibrarySearch.ForNvrtc("/a/b.so", _ => "/toolkit").Candidates);
        Assert.Equal(["/a/b.so"], LibrarySearch.ForCuBlas("/a/b.so", _ => "/toolkit").Candidates);
    }

    [Fact]
    public void NewerVersionsComeFirstAndTheToolkitLast()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Names of Linux.");
        var search = LibrarySearch.ForNvrtc(null, name => name == "CUDA_HOME" ? "/toolkit" : null);

        Assert.Equal(
            [
                "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2",
                "/toolkit/lib64/libnvrtc.so.13", "/toolkit/lib64/libnvrtc.so.12", "/toolkit/lib64/libnvrtc.so.11.2",
                "/usr/local/cuda/lib64/libnvrtc.so.13", "/usr/local/cuda/lib64/libnvrtc.so.12",
                "/usr/local/cuda/lib64/libnvrtc.so.11.2",
            ],
            search.Candidates);
    }

    [Fact]
    public void AFolderNamedTwiceIsTriedOnce()
    {
        var search = LibrarySearch.ForCuBlas(null, _ => "/usr/local/cuda");
        Assert.Equal(search.Candidates.Distinct(), search.Candidates);
    }

    [Fact]
    public void OptionsWinOverTheEnvironment()
    {
        var paths = new CudaLibraryPaths { Nvrtc = "mine" };

        CudaLibraryPaths completed = paths.CompletedFrom(
            name => name == LibrarySearch.CuBlasVariable ? "" : $"environment {name}");

        Assert.Equal("environment PD_CUDA_DRIVER", completed.Driver);
        Assert.Equal("mine", completed.Nvrtc);
        Assert.Null(completed.CuBlas); // an empty variable says nothing
    }
}
