using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PlannedDiffusion.Numerics;

/// <summary>IEEE binary16 to binary32 in bulk; the framework converts one <see cref="Half"/> at a time.</summary>
internal static class Binary16
{
    /// <summary>2^112: moves an exponent biased by 15 to one biased by 127, subnormals included.</summary>
    private const float ExponentShift = 5.192296858534828e33f;

    /// <summary>Converts elements one by one into a span of the same length; exact.</summary>
    public static void ToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Length, nameof(destination));
        int i = 0;
        for (; i <= source.Length - Vector128<ushort>.Count; i += Vector128<ushort>.Count)
        {
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(Vector128.Create(source[i..]));
            Widen(low).CopyTo(destination[i..]);
            Widen(high).CopyTo(destination[(i + Vector128<float>.Count)..]);
        }

        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<ushort, Half>(source);
        for (; i < source.Length; i++) destination[i] = (float)halves[i];
    }

    private static Vector128<float> Widen(Vector128<uint> half)
    {
        Vector128<uint> magnitude = half & Vector128.Create(0x7FFFu);
        Vector128<uint> finite = ((magnitude << 13).AsSingle() * ExponentShift).AsUInt32();
        Vector128<uint> special = (magnitude << 13) | Vector128.Create(0x7F800000u);
        Vector128<uint> isSpecial = Vector128.GreaterThan(magnitude, Vector128.Create(0x7BFFu));
        Vector128<uint> sign = (half & Vector128.Create(0x8000u)) << 16;
        return (Vector128.ConditionalSelect(isSpecial, special, finite) | sign).AsSingle();
    }
}
