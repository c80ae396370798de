using PlannedDiffusion.Numerics;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Models;

/// <summary>Elements of a checkpoint as numbers, whatever they are stored as.</summary>
internal static unsafe class WeightValues
{
    /// <summary>Reads elements from <paramref name="first"/> on as f32; exact.</summary>
    public static void ReadFloats(nint source, DType type, int first, Span<float> values)
    {
        switch (type)
        {
            case DType.F32:
                new ReadOnlySpan<float>((float*)source + first, values.Length).CopyTo(values);
                break;
            case DType.F16:
                Binary16.ToSingle(new ReadOnlySpan<ushort>((ushort*)source + first, values.Length), values);
                break;
            default:
                BFloat16.ToSingle(new ReadOnlySpan<ushort>((ushort*)source + first, values.Length), values);
                break;
        }
    }

    /// <summary>Reads a row of bf16: as stored, or rounded to nearest.</summary>
    public static void ReadBFloat16(nint source, DType type, Span<ushort> values)
    {
        if (type == DType.BF16)
        {
            new ReadOnlySpan<ushort>((ushort*)source, values.Length).CopyTo(values);
            return;
        }

        const int block = 512;
        float* floats = stackalloc float[block];
        for (int first = 0; first < values.Length; first += block)
        {
            Span<float> some = new(floats, Math.Min(block, values.Length - first));
            ReadFloats(source, type, first, some);
            BFloat16.FromSingle(some, values.Slice(first, some.Length));
        }
    }
}
