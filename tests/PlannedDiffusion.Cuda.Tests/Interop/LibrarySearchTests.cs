using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Interop;

public sealed class LibrarySearchTests
{
    [Fact]
    public void AMissingLibraryNamesWhatWasTriedAndHowToPointToIt()
    {
        var search = LibrarySearch.ForDriver("/nowhere/libcuda.so.1");

        Assert.False(search.TryLoad(driver: null, out nint library));
        Assert.Equal(0, library);
        string message = search.Missing().Message;

        Assert.Contains("CUDA driver", message, StringComparison.Ordinal);
        Assert.Contains("/nowhere/libcuda.so.1", message, StringComparison.Ordinal);
        Assert.Contains(LibrarySearch.DriverVariable, message, StringComparison.Ordinal);
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

    [Theory]
    [InlineData(null, 13)]
    [InlineData(13020, 13)]
    [InlineData(13000, 13)]
    [InlineData(12090, 12)]
    [InlineData(12000, 12)]
    public void NoLibraryIsOfANewerCudaThanTheDriver(int? driver, int expected)
    {
        string toolkit = Toolkit();
        string? Environment(string name) => name == "CUDA_HOME" ? toolkit : null;
        LibrarySearch nvrtc = LibrarySearch.ForNvrtc(null, Environment);
        LibrarySearch cuBlas = LibrarySearch.ForCuBlas(null, Environment);

        Assert.True(nvrtc.TryLoad(driver, out nint compiler));
        Assert.True(cuBlas.TryLoad(driver, out nint blas));

        Assert.Equal(expected, LibraryVersion.MajorOfNvrtc(compiler));
        Assert.Equal(expected, LibraryVersion.MajorOfCuBlas(blas));
        NativeLibrary.Free(compiler);
        NativeLibrary.Free(blas);
    }

    [Fact]
    public void WhereAllAreNewerTheMessageSaysSo()
    {
        string path = Path.Combine(Toolkit(), "lib64", "libcublas.so.13");
        var search = LibrarySearch.ForCuBlas(path, _ => null);

        Assert.False(search.TryLoad(12040, out nint library));

        Assert.Equal(0, library);
        Assert.Contains(
            $"tried {path}; {path} is of CUDA 13, and the driver of 12.4", search.Missing().Message,
            StringComparison.Ordinal);
        Assert.True(search.TryLoad(13000, out library));
        Assert.Equal("", search.PassedOver);
        NativeLibrary.Free(library);
    }

    [Fact]
    public void ALibraryThatDoesNotTellItsVersionIsTaken()
    {
        string path = Repository.PathTo("build", "tests", "cuda_sim", "libcuda_sim.so");
        Assert.SkipUnless(File.Exists(path), $"No {path}: the build with CMake makes it.");
        var search = LibrarySearch.ForDriver(path);
        Assert.True(search.TryLoad(driver: 1000, out nint library));
        NativeLibrary.Free(library);
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

        CudaLibraryPaths completed = CudaLibraries.Complete(
            paths,
            name => name == LibrarySearch.CuBlasVariable ? "" : $"environment {name}");

        Assert.Equal("environment PD_CUDA_DRIVER", completed.Driver);
        Assert.Equal("mine", completed.Nvrtc);
        Assert.Null(completed.CuBlas); // an empty variable says nothing
    }

    /// <summary>The folder of two toolkits that tell their version and no more.</summary>
    private static string Toolkit()
    {
        string folder = Repository.PathTo("build", "tests", "cuda_sim", "toolkit");
        Assert.SkipUnless(Directory.Exists(folder), $"No {folder}: the build with CMake makes it.");
        return folder;
    }
}
