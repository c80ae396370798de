using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Runtime;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Compilation;

public sealed class KernelLibraryTests(TestDevice device) : CudaTests(device)
{
    private const string Kernel =
        """
        #include "base/types.cuh"

        struct Parameters {
            int* out;
        };

        extern "C" __global__ void number(Parameters p) {
            if (threadIdx.x == 0) *p.out = NUMBER;
        }
        """;

    private static readonly KernelSource Source = KernelSource.FromText("number.cu", Kernel);

    [Theory]
    [InlineData(0, "sm_90a")]
    [InlineData(1, "sm_86")]
    [InlineData(2, "sm_80")]
    [InlineData(3, "compute_90")]
    [InlineData(4, "sm_90")]
    [InlineData(5, "sm_100")]
    [InlineData(6, "sm_90a")]
    public void TheTargetIsWhatTheCompilerCanDoForTheDevice(int example, string target)
    {
        (string device, int compiler, int[] supported) = example switch
        {
            0 => ("sm_90", 12, (int[])[80, 86, 90]),
            1 => ("sm_89", 12, [80, 86, 90]), // compatible within a generation
            2 => ("sm_80", 12, [80, 86, 90]),
            3 => ("sm_100", 12, [80, 86, 90]), // the driver finishes it
            4 => ("sm_90", 11, [80, 86, 90]),
            5 => ("sm_100", 13, [80, 90, 100, 120]),
            _ => ("sm_90", 13, []), // it does not tell
        };
        Assert.Equal(target, NvrtcCompiler.Target(device, compiler, supported));
    }

    [Fact]
    public void ThreadsThatAskAtOnceGetOneModule()
    {
        using KernelLibrary library = Library(out CountingTexts texts);
        var modules = new CudaModule[16];

        Parallel.For(0, modules.Length, i => modules[i] = library.Load(Source, Number(7)));

        Assert.Single(modules.Distinct());
        Assert.Equal(1, texts.Count);
        Assert.Equal(7, Run(modules[0]));
    }

    [Fact]
    public void EachSetOfOptionsIsAModuleOfItsOwn()
    {
        using KernelLibrary library = Library(out CountingTexts texts);

        foreach (int number in (int[])[3, 4, 3]) Assert.Equal(number, Run(library.Load(Source, Number(number))));
        Assert.Equal(2, texts.Count);
    }

    [Fact]
    public void AnErrorInTheSourceCarriesTheWholeLogAndIsNotKept()
    {
        using KernelLibrary library = Library(out CountingTexts texts);
        var empty = new KernelOptions(true);

        KernelCompilationException e = Assert.Throws<KernelCompilationException>(() => library.Load(Source, empty));

        Assert.Equal("number.cu", e.File);
        Assert.Contains("number.cu", e.Message, StringComparison.Ordinal);
        Assert.Contains("-DELEMENT_BF16", e.Message, StringComparison.Ordinal);
        Assert.Contains("NUMBER", e.Log, StringComparison.Ordinal);
        Assert.Throws<KernelCompilationException>(() => library.Load(Source, empty));
        Assert.Equal(2, texts.Count);
        Assert.Equal(0, library.Report.Compiled);
    }

    [Fact]
    public void TheReportTellsAColdStartFromAWarmOne()
    {
        using var folder = new TemporaryDirectory();
        var options = new KernelCompilerOptions { CacheFolder = folder.Path, PrebuiltFolder = "" };
        CompilationReport cold = Load(), warm = Load();

        Assert.Equal((2, 0, 0), (cold.Compiled, cold.FromCache, cold.Prebuilt));
        Assert.Equal((0, 2, 0), (warm.Compiled, warm.FromCache, warm.Prebuilt));
        Assert.True(cold.Milliseconds > 0 && warm.Milliseconds > 0);

        CompilationReport Load()
        {
            CudaDevice device = Device.Device;
            using var library = new KernelLibrary(device, new KernelCompiler(device.Libraries, options));
            library.Load(Source, Number(1));
            library.Load(Source, Number(2));
            library.Load(Source, Number(2)); // loaded already: not counted
            return library.Report;
        }
    }

    [Fact]
    public void PreloadingManyFilesReportsTheFirstFailureItself()
    {
        using KernelLibrary library = Library(out _);
        Assert.Throws<FileNotFoundException>(
            () => library.Preload([("absent.cu", new KernelOptions(true)), ("none.cu", new KernelOptions(true))]));
    }

    private static KernelOptions Number(int number) =>
        new(true, new Dictionary<string, string> { ["NUMBER"] = number.ToString() });

    private KernelLibrary Library(out CountingTexts texts)
    {
        CudaDevice device = Device.Device;
        CountingTexts counting = new(NvrtcCompiler.TryLoad(device.Libraries)!);
        texts = counting;
        var options = new KernelCompilerOptions { CacheFolder = "", PrebuiltFolder = "" };
        return new KernelLibrary(device, new KernelCompiler(() => counting, options));
    }

    private int Run(CudaModule module)
    {
        ulong output = Device.Allocate<int>(1);
        module.GetFunction("number").Launch(Device.Stream, new(1), new(32), 0, new Parameters { Out = output });
        return Device.Download<int>(output, 1)[0];
    }

    private struct Parameters
    {
        public ulong Out;
    }

    /// <summary>The device's own compiler, with a count.</summary>
    private sealed class CountingTexts(IDeviceCompiler compiler) : IDeviceCompiler
    {
        private int _count;

        public int Count => _count;

        public string Version => compiler.Version;

        public byte[] Compile(KernelSource source, string architecture, IReadOnlyList<string> options)
        {
            Interlocked.Increment(ref _count);
            return compiler.Compile(source, architecture, options);
        }
    }
}
