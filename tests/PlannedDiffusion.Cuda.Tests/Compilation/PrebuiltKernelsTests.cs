using System.ComponentModel;
using System.Diagnostics;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Compilation;

public sealed class PrebuiltKernelsTests : IDisposable
{
    private static readonly byte[] Image = "ahead"u8.ToArray();
    private readonly TemporaryDirectory _folder = new();
    private readonly KernelOptions _options = new(true, new Dictionary<string, string> { ["HEAD_SIZE"] = "128" });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void KernelsCompiledAheadWin()
    {
        Place(PrebuiltKernels.HashOfSources());
        var compiler = new CountingCompiler();

        (byte[] image, KernelOrigin origin) = Start(compiler).Image(Source(), _options, "sm_90");

        Assert.Equal(KernelOrigin.Prebuilt, origin);
        Assert.Equal(Image, image);
        Assert.Empty(compiler.Compiled);
    }

    [Fact]
    public void ThoseOfOtherSourcesOptionsOrArchitecturesAreNotTaken()
    {
        Place(PrebuiltKernels.HashOfSources());
        var ahead = new PrebuiltKernels(_folder.Path);
        Assert.Null(ahead.Find(Source(), new KernelOptions(true), "sm_90"));
        Assert.Null(ahead.Find(Source(), _options, "sm_80"));
        Assert.Null(ahead.Find(KernelSource.FromText("embedding.cu", "int x;"), _options, "sm_90"));

        Place("other sources");
        Assert.Null(new PrebuiltKernels(_folder.Path).Find(Source(), _options, "sm_90"));
    }

    [Fact]
    public void NamesAreThoseThatTheBuildGives()
    {
        // SHA-256 of "-DELEMENT_BF16 -DHEAD_SIZE=128", as CMake's string(SHA256) computes it.
        Assert.Equal("cd86fc9f2e410560", PrebuiltKernels.HashOf(_options));
    }

    [Fact]
    public void TheBuildHashesTheSourcesAsWeDo()
    {
        string script = Repository.PathTo("kernels", "hash_sources.cmake");
        string output = _folder.File("sources.sha256");
        try
        {
            using Process cmake = Process.Start(
                "cmake", ["-D", $"FOLDER={Path.GetDirectoryName(script)}", "-D", $"OUTPUT={output}", "-P", script]);
            cmake.WaitForExit();
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no CMake here.");
        }

        Assert.Equal(PrebuiltKernels.HashOfSources(), File.ReadAllText(output).Trim());
    }

    private static KernelSource Source() => KernelSource.Embedded("embedding.cu");

    private void Place(string sources)
    {
        File.WriteAllText(_folder.File("sources.sha256"), sources + "\n");
        Directory.CreateDirectory(_folder.File("sm_90"));
        string name = $"embedding.{PrebuiltKernels.HashOf(_options)}.cubin";
        File.WriteAllBytes(Path.Combine(_folder.File("sm_90"), name), Image);
    }

    private KernelCompiler Start(CountingCompiler compiler) =>
        new(() => compiler, new KernelCompilerOptions { CacheFolder = "", PrebuiltFolder = _folder.Path });
}
