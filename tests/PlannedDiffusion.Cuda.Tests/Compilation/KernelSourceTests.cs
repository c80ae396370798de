using PlannedDiffusion.Cuda.Compilation;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests.Compilation;

public sealed class KernelSourceTests
{
    private const string Text = "#include \"a.cuh\"\n  #  include \"absent.h\" // of the compiler\nint x;\n";

    [Fact]
    public void HeadersOfHeadersBelongToIt()
    {
        KernelSource source = KernelSource.FromText("x.cu", Text, Headers("int c;"));

        Assert.Equal(["a.cuh", "b.cuh", "c.cuh"], source.Headers.Keys);
        Assert.Equal("int c;", source.Headers["c.cuh"]);
    }

    [Fact]
    public void TheHashIsOverEverythingThatIsCompiled()
    {
        KernelSource source = KernelSource.FromText("x.cu", Text, Headers("int c;"));

        Assert.Equal(64, source.Hash.Length);
        Assert.Equal(source.Hash, KernelSource.FromText("x.cu", Text, Headers("int c;")).Hash);
        Assert.NotEqual(source.Hash, KernelSource.FromText("x.cu", Text, Headers("int d;")).Hash);
        Assert.NotEqual(source.Hash, KernelSource.FromText("y.cu", Text, Headers("int c;")).Hash);
        Assert.NotEqual(source.Hash, KernelSource.FromText("x.cu", Text + " ", Headers("int c;")).Hash);
        Assert.NotEqual(source.Hash, KernelSource.FromText("x.cu", Text, _ => null).Hash);
    }

    [Fact]
    public void AHeaderThatMovesBetweenFilesChangesTheHash()
    {
        KernelSource one = KernelSource.FromText("x.cu", "#include \"a\"\n", _ => "bc");
        KernelSource other = KernelSource.FromText("x.cu", "#include \"ab\"\n", _ => "c");
        Assert.NotEqual(one.Hash, other.Hash);
    }

    [Fact]
    public void EveryKernelFileIsCarriedWithItsHeaders()
    {
        Assert.NotEmpty(KernelSource.Files);
        Assert.All(KernelSource.Files, file =>
        {
            KernelSource source = KernelSource.Embedded(file);
            Assert.Contains("base/types.cuh", source.Headers.Keys);
            Assert.Contains("ptx/ptx.cuh", source.Headers.Keys);
            Assert.Contains("__global__", source.Text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void AnAbsentFileIsNamed()
    {
        FileNotFoundException e = Assert.Throws<FileNotFoundException>(() => KernelSource.Embedded("absent.cu"));
        Assert.Contains("absent.cu", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OptionsDoNotDependOnTheOrderOfTheirDefines()
    {
        var one = new KernelOptions(true, new Dictionary<string, string> { ["B"] = "2", ["A"] = "", ["C"] = "x" });
        var other = new KernelOptions(true, new Dictionary<string, string> { ["C"] = "x", ["B"] = "2", ["A"] = "" });

        Assert.Equal(["-DELEMENT_BF16", "-DA", "-DB=2", "-DC=x"], one.Arguments());
        Assert.Equal(one.Arguments(), other.Arguments());
        Assert.Equal(["-DELEMENT_F32"], new KernelOptions(false).Arguments());
    }

    private static Func<string, string?> Headers(string last) => name => name switch
    {
        "a.cuh" => "#pragma once\n#include \"b.cuh\"\n#include \"c.cuh\"\n",
        "b.cuh" => "#include \"a.cuh\"\n", // a ring does no harm
        "c.cuh" => last,
        _ => null,
    };
}
