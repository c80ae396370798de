using System.Text;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Compilation;

public sealed class KernelCacheTests : IDisposable
{
    private const string Architecture = "sm_90";
    private static readonly KernelSource Source = KernelSource.FromText("k.cu", "int x;");
    private static readonly KernelOptions Options = new(true);
    private readonly TemporaryDirectory _temporary = new();
    private readonly CountingCompiler _compiler = new();

    private string Folder => _temporary.File("cache");

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void TheSecondStartCompilesNothing()
    {
        (byte[] cold, KernelOrigin first) = Start(_compiler).Image(Source, Options, Architecture);
        (byte[] warm, KernelOrigin second) = Start(_compiler).Image(Source, Options, Architecture);

        Assert.Equal((KernelOrigin.Compiled, KernelOrigin.Cache), (first, second));
        Assert.Equal(cold, warm);
        Assert.Single(_compiler.Compiled);
        Assert.Single(Directory.GetFiles(Folder)); // no temporary file stays
    }

    [Fact]
    public void AnyChangeOfWhatIsCompiledMisses()
    {
        KernelCompiler start = Start(_compiler);
        start.Image(Source, Options, Architecture);
        start.Image(KernelSource.FromText("k.cu", "int y;"), Options, Architecture);
        start.Image(KernelSource.FromText("k2.cu", "int x;"), Options, Architecture);
        start.Image(Source, new KernelOptions(false), Architecture);
        start.Image(Source, new KernelOptions(true, new Dictionary<string, string> { ["N"] = "1" }), Architecture);
        start.Image(Source, Options, "sm_80");
        Assert.Equal(6, _compiler.Compiled.Count);

        var newer = new CountingCompiler("test-2.0");
        Start(newer).Image(Source, Options, Architecture);
        Assert.Single(newer.Compiled);
        Assert.Equal(7, Directory.GetFiles(Folder).Length);
    }

    [Theory]
    [InlineData(0)] // empty
    [InlineData(20)] // within the header
    [InlineData(-1)] // its last byte is missing
    public void AShortenedEntryIsBuiltAgain(int length)
    {
        (byte[] image, _) = Start(_compiler).Image(Source, Options, Architecture);
        string path = Assert.Single(Directory.GetFiles(Folder));
        byte[] entry = File.ReadAllBytes(path);
        File.WriteAllBytes(path, length < 0 ? entry[..^1] : entry[..length]);

        Assert.Equal(image, Start(_compiler).Image(Source, Options, Architecture).Image);
        Assert.Equal(2, _compiler.Compiled.Count);
        Assert.Equal(entry, File.ReadAllBytes(path));
    }

    [Fact]
    public void AnyDamagedByteIsNoticed()
    {
        Start(_compiler).Image(Source, Options, Architecture);
        string path = Assert.Single(Directory.GetFiles(Folder));
        byte[] entry = File.ReadAllBytes(path);
        var cache = new KernelCache(Folder);
        var key = new KernelKey(Source, Options, Architecture);
        for (int i = 0; i < entry.Length; i++)
        {
            byte[] damaged = [.. entry];
            damaged[i] ^= 0x10;
            File.WriteAllBytes(path, damaged);

            Assert.Null(cache.Find(key, _compiler.Version));
            Assert.False(File.Exists(path));
        }
    }

    [Fact]
    public void AnEntryUnderAnothersNameIsNotTaken()
    {
        KernelCompiler start = Start(_compiler);
        start.Image(Source, Options, Architecture);
        string path = Assert.Single(Directory.GetFiles(Folder));
        start.Image(Source, new KernelOptions(false), Architecture);
        File.Copy(Directory.GetFiles(Folder).Single(other => other != path), path, overwrite: true);

        byte[] image = Start(_compiler).Image(Source, Options, Architecture).Image;

        Assert.Contains("-DELEMENT_BF16", Encoding.UTF8.GetString(image), StringComparison.Ordinal);
    }

    [Fact]
    public void ManyAtOnceAgree()
    {
        byte[][] images = new byte[64][];
        KernelCompiler[] starts = [.. Enumerable.Range(0, 8).Select(_ => Start(_compiler))];

        Parallel.For(0, images.Length, i =>
        {
            var options = new KernelOptions(i % 2 == 0);
            images[i] = starts[i % starts.Length].Image(Source, options, Architecture).Image;
        });

        Assert.All(images.Index(), image => Assert.Equal(images[image.Index % 2], image.Item));
        Assert.Equal(2, Directory.GetFiles(Folder).Length);
        Assert.Equal(KernelOrigin.Cache, Start(_compiler).Image(Source, Options, Architecture).Origin);
    }

    [Fact]
    public void AFolderThatCannotBeMadeCostsOnlyTime()
    {
        File.WriteAllText(Folder, "a file where the folder should be");

        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(KernelOrigin.Compiled, Start(_compiler).Image(Source, Options, Architecture).Origin);
        }
    }

    [Fact]
    public void WithoutACacheEveryStartCompiles()
    {
        var options = new KernelCompilerOptions { CacheFolder = "", PrebuiltFolder = "" };
        for (int i = 0; i < 2; i++) new KernelCompiler(() => _compiler, options).Image(Source, Options, Architecture);
        Assert.Equal(2, _compiler.Compiled.Count);
    }

    [Fact]
    public void WithoutACompilerTheLatestFittingEntryServes()
    {
        var newer = new CountingCompiler("test-2.0");
        Start(_compiler).Image(Source, Options, Architecture);
        Start(newer).Image(Source, Options, Architecture);
        string path = Directory.GetFiles(Folder).Single(file => file.Contains("test-1.0", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddDays(-1));

        (byte[] image, KernelOrigin origin) = Start(null).Image(Source, Options, Architecture);

        Assert.Equal(KernelOrigin.Cache, origin);
        Assert.Equal(newer.Compiled.Single(), Encoding.UTF8.GetString(image));
    }

    [Fact]
    public void WithoutACompilerADamagedEntryGivesWayToAnotherOne()
    {
        Start(_compiler).Image(Source, Options, Architecture);
        Start(new CountingCompiler("test-2.0")).Image(Source, Options, Architecture);
        string path = Directory.GetFiles(Folder).Single(file => file.Contains("test-2.0", StringComparison.Ordinal));
        File.WriteAllText(path, "damaged");

        byte[] image = Start(null).Image(Source, Options, Architecture).Image;

        Assert.Equal(_compiler.Compiled.Single(), Encoding.UTF8.GetString(image));
    }

    [Fact]
    public void WhereNothingFitsTheMessageTellsTheThreeWays()
    {
        Start(_compiler).Image(Source, Options, "sm_80");

        string message = Assert.Throws<CudaLibraryException>(
            () => Start(null).Image(Source, Options, Architecture)).Message;

        Assert.Contains("k.cu for sm_90", message, StringComparison.Ordinal);
        Assert.Contains(Folder, message, StringComparison.Ordinal);
        Assert.Contains("NVRTC", message, StringComparison.Ordinal);
        Assert.Contains("pd warm", message, StringComparison.Ordinal);
        Assert.Contains("CMake target 'kernels'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheEnvironmentChoosesTheFolder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Folders of Linux.");
        Assert.Equal("/x", Default(("PD_CUDA_CACHE", "/x"), ("HOME", "/home/me")));
        Assert.Equal("/c/planned-diffusion/kernels", Default(("XDG_CACHE_HOME", "/c"), ("HOME", "/home/me")));
        Assert.Equal("/home/me/.cache/planned-diffusion/kernels", Default(("HOME", "/home/me")));
        Assert.Null(Default());

        static string? Default(params (string Name, string Value)[] variables) =>
            KernelCache.DefaultFolder(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
    }

    private KernelCompiler Start(IDeviceCompiler? compiler) =>
        new(() => compiler, new KernelCompilerOptions { CacheFolder = Folder, PrebuiltFolder = "" });
}
