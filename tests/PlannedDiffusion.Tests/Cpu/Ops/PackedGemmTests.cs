using PlannedDiffusion.Cpu;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Cpu.Ops;

public sealed class PackedGemmTests
{
    private static readonly int[] RowCounts = [1, 2, 3, 4, 5, 6, 7, 8, 13, 23, 24, 25, 31, 36, 64];

    [Theory]
    [InlineData(DType.BF16, 64, 64)]
    [InlineData(DType.BF16, 1, 1)]
    [InlineData(DType.BF16, 63, 3)]
    [InlineData(DType.BF16, 65, 257)]
    [InlineData(DType.BF16, 200, 96)]
    [InlineData(DType.F16, 70, 33)]
    [InlineData(DType.F32, 65, 31)]
    [InlineData(DType.F32, 64, 160)]
    [InlineData(DType.F32, 1, 2)]
    public void EveryRowIsTheDotProductWhateverItsCompanyAndWidth(DType type, int outputs, int inputs)
    {
        using var matrix = new GuardedMatrix(type, outputs, inputs, seed: outputs + inputs);
        var random = new Random(3);
        float[] a = [.. Enumerable.Range(0, 64 * inputs).Select(_ => random.NextSingle() * 2 - 1)];
        float[] addend = [.. Enumerable.Range(0, 64 * outputs).Select(_ => random.NextSingle())];
        float[]? first = null;
        foreach (CpuKernels kernels in CpuRunners.Kernels)
        {
            float[] all = matrix.Multiply(kernels, a, 64, addend);
            first ??= all;
            Assert.Equal(first, all);
            foreach (int rows in RowCounts)
                Assert.Equal(first[..(rows * outputs)], matrix.Multiply(kernels, a, rows, addend));
        }

        for (int i = 0; i < first!.Length; i++)
        {
            ReferenceSum expected = ReferenceOps.Dot(
                a.AsSpan(i / outputs * inputs, inputs), matrix.Row(i % outputs), addend[i]);
            Assert.InRange(Math.Abs(first[i] - expected.Value), 0, Tolerances.Sum * expected.Magnitude);
        }
    }

    [Fact]
    public void ALargePartOfAModelFits()
    {
        using var matrix = new GuardedMatrix(DType.BF16, 128, 1001, seed: 9);
        var random = new Random(4);
        float[] a = [.. Enumerable.Range(0, 443 * 1001).Select(_ => random.NextSingle() * 2 - 1)];
        float[] one = matrix.Multiply(CpuKernels.For(SimdWidth.Widest), a[^1001..], 1, null);
        float[] many = matrix.Multiply(CpuKernels.For(SimdWidth.Widest), a, 443, null);
        Assert.Equal(one, many[^128..]);
    }

    [Theory]
    [InlineData(DType.BF16)]
    [InlineData(DType.F32)]
    public unsafe void EmbeddingRowsAreThoseOfTheTable(DType type)
    {
        using var matrix = new GuardedMatrix(type, 130, 37, seed: 5);
        using var row = new GuardedMemory<float>(37);
        for (int token = 0; token < 130; token++)
        {
            Embedding.Run(matrix.Packed, token, row.Start);
            Assert.Equal(matrix.Row(token).ToArray(), row.Span.ToArray());
        }
    }

    [Fact]
    public unsafe void StackedMatricesKeepTheirRowsInPlace()
    {
        using var first = new GuardedMatrix(DType.BF16, 70, 8, seed: 6);
        using var second = new GuardedMatrix(DType.BF16, 70, 8, seed: 7);
        var below = StackedRows.Below(first.Tensor, second.Tensor);
        var inTurns = StackedRows.InTurns(first.Tensor, second.Tensor, PackedMatrix.PanelRows);
        Assert.Equal(140, below.Rows);
        Assert.Equal(256, inTurns.Rows);
        Assert.Equal(second.Tensor.Data + 3 * 16, below.Row(73).Address);
        Assert.Equal(first.Tensor.Data + 69 * 16, inTurns.Row(128 + 5).Address);
        Assert.Equal(second.Tensor.Data + 2 * 16, inTurns.Row(64 + 2).Address);
        Assert.Equal(0, inTurns.Row(128 + 6).Address);
    }

    [Fact]
    public void ATypeThatOnlyOnePartHasMakesTheWholeF32()
    {
        using var first = new GuardedMatrix(DType.BF16, 3, 8, seed: 6);
        using var second = new GuardedMatrix(DType.F32, 3, 8, seed: 7);
        Assert.True(StackedRows.Below(first.Tensor).IsBFloat16);
        Assert.False(StackedRows.Below(first.Tensor, second.Tensor).IsBFloat16);
    }
}
