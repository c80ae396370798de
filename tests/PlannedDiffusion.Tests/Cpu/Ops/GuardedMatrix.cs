using System.Runtime.InteropServices;
using PlannedDiffusion.Cpu.Loading;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Cpu.Ops;
using PlannedDiffusion.Models;
using PlannedDiffusion.Models.Packing;
using PlannedDiffusion.Numerics;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Tests.Cpu.Ops;

/// <summary>A random weight matrix: stored, packed at guard pages, and as plain numbers.</summary>
internal sealed unsafe class GuardedMatrix : IDisposable
{
    private readonly byte[] _stored;
    private readonly GuardedMemory<byte> _packed;

    public GuardedMatrix(DType type, int rows, int columns, int seed)
    {
        var random = new Random(seed);
        float[] values = [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() * 2 - 1)];
        _stored = new byte[values.Length * (type == DType.F32 ? 4 : 2)];
        for (int i = 0; i < values.Length; i++) values[i] = Store(type, i, values[i]);
        Values = values;
        Columns = columns;
        Tensor = new WeightTensor("guarded", type, rows, columns, TensorBytes.InMemory(_stored));

        var source = StackedRows.Below(Tensor);
        _packed = new GuardedMemory<byte>((int)PackedMatrix.SizeOf(source.IsBFloat16, rows, columns));
        Packed = new PackedMatrix(source.IsBFloat16, rows, columns, _packed.Start);
        for (int panel = 0; panel < Packed.Panels; panel++) PanelPacking.Pack(source, Packed, panel);
    }

    public WeightTensor Tensor { get; }

    public PackedMatrix Packed { get; }

    public float[] Values { get; } // [rows, columns]

    public int Columns { get; }

    public ReadOnlySpan<float> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>All panels times some rows. The rows of a and addend are contiguous.</summary>
    public float[] Multiply(CpuKernels kernels, float[] a, int rows, float[]? addend)
    {
        // An odd k is read together with the row's padding, which is zero.
        int stride = (Columns + 1) & ~1, width = Packed.Panels * PackedMatrix.PanelRows;
        using var inputs = new GuardedMemory<float>(Math.Max(1, rows * stride));
        using var outputs = new GuardedMemory<float>(rows * width);
        using var addends = new GuardedMemory<float>(rows * width);
        for (int row = 0; row < rows; row++)
        {
            a.AsSpan(row * Columns, Columns).CopyTo(inputs.Span[(row * stride)..]);
            addend?.AsSpan(row * Packed.Rows, Packed.Rows).CopyTo(addends.Span[(row * width)..]);
        }

        for (int panel = 0; panel < Packed.Panels; panel++)
        {
            GemmTile tile = new()
            {
                A = inputs.Start,
                AStride = stride,
                C = outputs.Start + panel * PackedMatrix.PanelRows,
                CStride = width,
                Addend = addend is null ? null : addends.Start + panel * PackedMatrix.PanelRows,
                AddendStride = width,
            };
            kernels.Gemm(Packed, panel, panel + 1 < Packed.Panels ? Packed.Panel(panel + 1) : null, tile, rows);
        }

        float[] result = new float[rows * Packed.Rows];
        for (int row = 0; row < rows; row++)
            outputs.Span.Slice(row * width, Packed.Rows).CopyTo(result.AsSpan(row * Packed.Rows));
        return result;
    }

    public void Dispose() => _packed.Dispose();

    private float Store(DType type, int index, float value)
    {
        if (type == DType.F32)
        {
            MemoryMarshal.Cast<byte, float>(_stored.AsSpan())[index] = value;
            return value;
        }

        ushort bits = type == DType.F16 ? BitConverter.HalfToUInt16Bits((Half)value) : BFloat16.FromSingle(value);
        MemoryMarshal.Cast<byte, ushort>(_stored.AsSpan())[index] = bits;
        return type == DType.F16 ? (float)(Half)value : BFloat16.ToSingle(bits);
    }
}
