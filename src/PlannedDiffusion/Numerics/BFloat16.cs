using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PlannedDiffusion.Numerics;

/// <summary>bfloat16, the high half of binary32. The framework has no such type.</summary>
internal static class BFloat16
{
    /// <summary>The exact value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Rounds to nearest, ties to even; NaN stays NaN.</summary>
    public static ushort FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value)) return (ushort)((bits >> 16) | 0x40);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Converts elements one by one into a span of the same length.</summary>
    public static void ToSingle(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Length, nameof(destination));
        int i = 0;
        for (; i <= source.Length - Vector128<ushort>.Count; i += Vector128<ushort>.Count)
        {
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(Vector128.Create(source[i..]));
            (low << 16).AsSingle().CopyTo(destination[i..]);
            (high << 16).AsSingle().CopyTo(destination[(i + Vector128<float>.Count)..]);
        }

        for (; i < source.Length; i++) destination[i] = ToSingle(source[i]);
    }

    /// <summary>Rounds elements one by one into a span of the same length.</summary>
    public static void FromSingle(ReadOnlySpan<float> source, Span<ushort> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, source.Length, nameof(destination));
        int i = 0;
        for (; i <= source.Length - Vector128<ushort>.Count; i += Vector128<ushort>.Count)
        {
            Vector128<uint> low = Round(Vector128.Create(source[i..]));
            Vector128<uint> high = Round(Vector128.Create(source[(i + Vector128<float>.Count)..]));
            Vector128.Narrow(low, high).CopyTo(destination[i..]);
        }

        for (; i < source.Length; i++) destination[i] = FromSingle(source[i]);
    }

    private static Vector128<uint> Round(Vector128<float> value)
    {
        Vector128<uint> bits = value.AsUInt32();
        Vector128<uint> even = (bits >> 16) & Vector128.Create(1u);
        Vector128<uint> rounded = (bits + Vector128.Create(0x7FFFu) + even) >> 16;
        Vector128<uint> quiet = (bits >> 16) | Vector128.Create(0x40u);
        return Vector128.ConditionalSelect(Vector128.IsNaN(value).AsUInt32(), quiet, rounded);
    }
}
