using System.Runtime.InteropServices;
using PlannedDiffusion.Numerics;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Models;

/// <summary>Converts elements of a checkpoint from any stored type.</summary>
internal static class WeightValues
{
    private const int Block = 2048; // elements that are converted at a time

    /// <summary>Bytes of an element.</summary>
    public static int SizeOf(DType type) => type == DType.F32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Reads elements from <paramref name="first"/> on as f32; exact.</summary>
    public static void ReadFloats(WeightTensor source, long first, Span<float> values)
    {
        if (source.Type == DType.F32)
        {
            source.Data.Read(first * sizeof(float), MemoryMarshal.AsBytes(values));
            return;
        }

        Span<ushort> block = stackalloc ushort[Block];
        while (!values.IsEmpty)
        {
            Span<ushort> stored = block[..Math.Min(Block, values.Length)];
            source.Data.Read(first * sizeof(ushort), MemoryMarshal.AsBytes(stored));
            if (source.Type == DType.F16) Binary16.ToSingle(stored, values[..stored.Length]);
            else BFloat16.ToSingle(stored, values[..stored.Length]);
            values = values[stored.Length..];
            first += stored.Length;
        }
    }

    /// <summary>Reads elements from <paramref name="first"/> on as bf16: as stored, or rounded to nearest.</summary>
    public static void ReadBFloat16(WeightTensor source, long first, Span<ushort> values)
    {
        if (source.Type == DType.BF16)
        {
            source.Data.Read(first * sizeof(ushort), MemoryMarshal.AsBytes(values));
            return;
        }

        Span<float> block = stackalloc float[Block];
        while (!values.IsEmpty)
        {
            Span<float> some = block[..Math.Min(Block, values.Length)];
            ReadFloats(source, first, some);
            BFloat16.FromSingle(some, values[..some.Length]);
            values = values[some.Length..];
            first += some.Length;
        }
    }
}
