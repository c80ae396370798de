using System.Runtime.CompilerServices;
using PlannedDiffusion.Cuda.Kernels;
using Xunit;

namespace PlannedDiffusion.Cuda.Tests;

public sealed class StepTablesTests
{
    [Fact]
    public void SizesAreThoseOfTheKernels()
    {
        Assert.Equal(32, Unsafe.SizeOf<StepHeader>());
        Assert.Equal(32, Unsafe.SizeOf<StepRow>());
        Assert.Equal(32, Unsafe.SizeOf<AttentionItem>());
        Assert.Equal(16, Unsafe.SizeOf<StepCandidate>());
        Assert.Equal(64, Unsafe.SizeOf<StepGroup>());
    }
}
