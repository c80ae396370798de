using System.Diagnostics;
using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Nvrtc.Tests;

/// <summary>
/// NVIDIA's compilers as <c>.ci/toolchain</c> unpacks them: they need neither a GPU nor a driver. Always the same
/// version, so that the list of spills means the same everywhere. A process has one NVRTC for good, and where the CUDA
/// tests run it is mostly the simulated one: hence a program of its own.
/// </summary>
internal sealed class Toolchain
{
    public const string FolderVariable = "PD_CUDA_TOOLCHAIN";

    /// <summary>1: where there are no compilers, the tests fail instead of being skipped.</summary>
    public const string RequiredVariable = "PD_REQUIRE_NVRTC";

    private readonly string _folder;

    private Toolchain(string folder)
    {
        _folder = folder;
        string libraries = Path.Combine(folder, "usr", "lib", "x86_64-linux-gnu");
        // NVRTC opens it by its name alone, which finds what is open already.
        foreach (string builtins in Directory.GetFiles(libraries, "libnvrtc-builtins.so.*"))
            NativeLibrary.Load(builtins);
        Nvrtc = Path.Combine(libraries, "libnvrtc.so.12");
        Compiler = NvrtcCompiler.TryLoad(CudaLibraries.Use(new CudaLibraryPaths { Nvrtc = Nvrtc }))
            ?? throw new FileNotFoundException($"NVRTC cannot be loaded from {Nvrtc}.");
        // What has not changed since the last run is not compiled again.
        Kernels = new KernelCompiler(() => Compiler, new KernelCompilerOptions
        {
            CacheFolder = Repository.PathTo("build", "tests", "nvrtc_cache"),
            PrebuiltFolder = "",
        });
    }

    /// <summary>The library's path.</summary>
    public string Nvrtc { get; }

    public NvrtcCompiler Compiler { get; }

    public KernelCompiler Kernels { get; }

    /// <summary>Null where the compilers were not fetched.</summary>
    public static Toolchain? Find() =>
        Folder() is { } folder && File.Exists(Tool(folder, "cuobjdump")) ? new Toolchain(folder) : null;

    /// <summary>Skips the test where there are no compilers, or fails it where they are required.</summary>
    public static void Require(Toolchain? toolchain)
    {
        if (toolchain is not null) return;
        string reason = $"NVIDIA's compilers are not in {Folder() ?? "any folder"}: .ci/toolchain fetches them.";
        if (Environment.GetEnvironmentVariable(RequiredVariable) == "1") Assert.Fail(reason);
        Assert.Skip(reason);
    }

    /// <summary>What <c>cuobjdump</c> prints about an image.</summary>
    public string Dump(string option, string image)
    {
        var start = new ProcessStartInfo(Tool(_folder, "cuobjdump"), [option, image]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    private static string Tool(string folder, string name) => Path.Combine(folder, "usr", "bin", name);

    // Where .ci/toolchain puts them.
    private static string? Folder()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } chosen) return chosen;
        string? root = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(root))
        {
            if (Environment.GetEnvironmentVariable("HOME") is not { Length: > 0 } home) return null;
            root = Path.Combine(home, ".cache");
        }

        return Path.Combine(root, "planned-diffusion", "cuda-toolchain");
    }
}
