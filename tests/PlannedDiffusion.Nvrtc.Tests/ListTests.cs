using PlannedDiffusion.Cuda.Compilation;
using Xunit;

namespace PlannedDiffusion.Nvrtc.Tests;

/// <summary>The lists beside the kernels name what there is.</summary>
public sealed class ListTests
{
    [Fact]
    public void VariantsAreOfFilesThatExist() =>
        Assert.Empty(KernelVariant.Lines().Select(line => line.File).Except(KernelSource.Files));

    [Fact]
    public void NoVariantIsListedTwice()
    {
        string[] names = [.. KernelVariant.All().Select(variant => variant.Name)];
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public void SpillsAreOfVariantsThatExistAndHaveAReason()
    {
        string[] names = [.. KernelVariant.All().Select(variant => variant.Name)];
        Assert.All(AllowedSpill.All(), allowed =>
        {
            Assert.Contains(allowed.Variant, names);
            Assert.Contains(allowed.Architecture, CompiledKernels.Architectures);
            Assert.True(allowed.MostBytes > 0 && allowed.Reason.Length > 20);
        });
    }
}
