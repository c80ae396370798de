using System.Runtime.InteropServices;
using PlannedDiffusion.Cuda.Compilation;
using PlannedDiffusion.Cuda.Interop;
using PlannedDiffusion.TestKit;
using Xunit;

namespace PlannedDiffusion.Nvrtc.Tests;

/// <summary>The kernels under NVIDIA's own run-time compiler, by the product's way to it.</summary>
public sealed class NvrtcTests(CompiledKernels kernels) : IClassFixture<CompiledKernels>
{
    private static readonly KernelOptions BFloat16 = new(true);

    /// <summary>Mistakes in <c>ptx.cuh</c>: what is there, and what stands there instead.</summary>
    public static TheoryData<string, string> PlantedMistakes { get; } = new()
    {
        { "ex2.approx.ftz", "ex2.aprox.ftz" },
        { "m8n8.x4.trans", "m8n8.x3.trans" },
        { "f32.bf16.bf16.f32", "f32.bf16.f32.bf16" },
        { "ex2.approx.ftz.f32 %0, %1;", "ex2.approx.ftz.f32 %0;" },
        { "ex2.approx.ftz.f32 %0, %1;\" : \"=f\"(y) : \"f\"", "ex2.approx.ftz.f32 %0, %1;\" : \"=f\"(y) : \"l\"" },
        { "[%0], [%1], 16", "%0, [%1], 16" },
    };

    [Fact]
    public void EveryVariantCompilesForEveryArchitecture()
    {
        Toolchain.Require(kernels.Toolchain);
        Assert.True(kernels.Failures.Count == 0, string.Join('\n', kernels.Failures));
        Assert.All(kernels.Variants, variant => Assert.All(CompiledKernels.Architectures, architecture =>
            Assert.Contains(Path.GetFileNameWithoutExtension(variant.File),
                kernels.Of(variant, architecture).Select(one => one.Kernel))));
    }

    [Fact]
    public void NoModelIsServedALayoutKernel()
    {
        Toolchain.Require(kernels.Toolchain);
        Assert.DoesNotContain(
            from variant in kernels.Variants
            from architecture in CompiledKernels.Architectures
            from kernel in kernels.Of(variant, architecture)
            select kernel.Kernel,
            kernel => kernel.EndsWith("_layout", StringComparison.Ordinal));
    }

    /// <summary>What <c>kernels/spills.txt</c> allows, with a reason; it allows nothing that is not needed.</summary>
    [Fact]
    public void NothingSpillsBeyondTheList()
    {
        Toolchain.Require(kernels.Toolchain);
        Dictionary<(string, string), int> allowed =
            AllowedSpill.All().ToDictionary(one => (one.Variant, one.Architecture), one => one.MostBytes);
        string[] wrong =
        [
            .. from variant in kernels.Variants
               from architecture in CompiledKernels.Architectures
               let most = allowed.GetValueOrDefault((variant.Name, architecture))
               let spilled = kernels.Of(variant, architecture).Select(one => one.SpilledBytes).DefaultIfEmpty().Max()
               where spilled > most || (spilled == 0 && most > 0)
               select $"{variant.Name}; {architecture}; {spilled} bytes, and kernels/spills.txt says {most}",
        ];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    /// <summary>By the real library's own word; the search itself is tested with libraries that only tell a version.
    /// </summary>
    [Fact]
    public void ADriverOfAnOlderCudaPassesItOver()
    {
        Toolchain.Require(kernels.Toolchain);
        var search = LibrarySearch.ForNvrtc(kernels.Toolchain!.Nvrtc, _ => null);
        Assert.False(search.TryLoad(11080, out _));
        Assert.Equal($"{kernels.Toolchain.Nvrtc} is of CUDA 12, and the driver of 11.8", search.PassedOver);
        Assert.True(search.TryLoad(12000, out nint library));
        NativeLibrary.Free(library);
    }

    [Fact]
    public void LayoutKernelsCompile()
    {
        Toolchain.Require(kernels.Toolchain);
        foreach (KernelVariant variant in kernels.Variants.DistinctBy(variant => variant.File))
        {
            KernelOptions asked = variant.Options.With(("PARAMETER_LAYOUTS", 1));
            byte[] image = kernels.Toolchain!.Kernels.Image(KernelSource.Embedded(variant.File), asked, "sm_90").Image;
            Assert.NotEmpty(image);
        }
    }

    [Fact]
    public void TheFragmentsOfTheCudaTestsCompile()
    {
        Toolchain.Require(kernels.Toolchain);
        Assert.All(CompiledKernels.Architectures, architecture => Assert.NotEmpty(
            kernels.Toolchain!.Compiler.Compile(Fragments(Header), architecture, BFloat16.Arguments())));
    }

    [Theory]
    [MemberData(nameof(PlantedMistakes))]
    public void AMistakeInInlinePtxIsRefusedWithItsName(string right, string wrong)
    {
        Toolchain.Require(kernels.Toolchain);
        string header = Header("ptx/ptx.cuh")!;
        Assert.Contains(right, header, StringComparison.Ordinal);
        KernelSource planted = Fragments(name => name == "ptx/ptx.cuh"
            ? header.Replace(right, wrong, StringComparison.Ordinal) : Header(name));

        KernelCompilationException e = Assert.Throws<KernelCompilationException>(
            () => kernels.Toolchain!.Compiler.Compile(planted, "sm_90", BFloat16.Arguments()));

        Assert.Contains("fragments.cu", e.Message, StringComparison.Ordinal);
        Assert.NotEmpty(e.Log);
    }

    private static KernelSource Fragments(Func<string, string?> headerOf) => KernelSource.FromText(
        "fragments.cu",
        File.ReadAllText(Repository.PathTo("tests", "PlannedDiffusion.Cuda.Tests", "Fragments", "fragments.cu")),
        headerOf);

    private static string? Header(string name)
    {
        string path = Repository.PathTo("kernels", "include", name);
        return File.Exists(path) ? File.ReadAllText(path) : null;
    }
}
