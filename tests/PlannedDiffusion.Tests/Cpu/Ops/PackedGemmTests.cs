using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Cpu.Simd;
using PlannedDiffusion.Models.Packing;
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
    public void EveryRowIsTheDotProductForAnyOtherRowsAndWidth(DType type, int outputs, int inputs)
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
    public void LargeMatricesFit()
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
    public void StackedMatricesKeepTheirRowsInPlace()
    {
        using var first = new GuardedMatrix(DType.BF16, 70, 8, seed: 6);
        using var second = new GuardedMatrix(DType.BF16, 70, 8, seed: 7);
        var below = StackedRows.Below(first.Tensor, second.Tensor);
        var inTurns = StackedRows.InTurns(first.Tensor, second.Tensor, PackedMatrix.PanelRows);
        Assert.Equal(140, below.Rows);
        Assert.Equal(256, inTurns.Rows);
        Assert.Equal(second.Row(3), Row(below, 73));
        Assert.Equal(first.Row(69), Row(inTurns, 128 + 5));
        Assert.Equal(second.Row(2), Row(inTurns, 64 + 2));
        Assert.Equal(new float[8], Row(inTurns, 128 + 6));

        static float[] Row(StackedRows rows, int row)
        {
            float[] values = new float[8];
            rows.ReadFloats(new ColumnBlock(row, 1, 0, 8), values);
            return values;
        }
    }

    /// <summary>Rows of all parts, padding between them, some columns or all: as row by row.</summary>
    [Theory]
    [InlineData(DType.BF16, DType.BF16)]
    [InlineData(DType.F16, DType.F32)]
    public void BlocksEqualTheirSingleRows(DType one, DType other)
    {
        using var first = new GuardedMatrix(one, 70, 9, seed: 6);
        using var second = new GuardedMatrix(other, 70, 9, seed: 7);
        foreach (StackedRows rows in (StackedRows[])[
            StackedRows.Below(first.Tensor, second.Tensor), StackedRows.InTurns(first.Tensor, second.Tensor, 8)])
        {
            foreach ((int column, int columns) in ((int, int)[])[(0, 9), (0, 4), (5, 4)])
            {
                float[] block = new float[200 * columns], row = new float[columns];
                block.AsSpan().Fill(float.NaN);
                rows.ReadFloats(new ColumnBlock(0, 200, column, columns), block);
                for (int i = 0; i < 200; i++)
                {
                    rows.ReadFloats(new ColumnBlock(i, 1, column, columns), row);
                    Assert.Equal(row, block.AsSpan(i * columns, columns));
                }
            }
        }
    }

    [Fact]
    public void MixedTypesArePackedAsF32()
    {
        using var first = new GuardedMatrix(DType.BF16, 3, 8, seed: 6);
        using var second = new GuardedMatrix(DType.F32, 3, 8, seed: 7);
        Assert.True(StackedRows.Below(first.Tensor).IsBFloat16);
        Assert.False(StackedRows.Below(first.Tensor, second.Tensor).IsBFloat16);
    }
}
