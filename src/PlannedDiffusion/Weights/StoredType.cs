namespace PlannedDiffusion.Weights;

/// <summary>
/// Element types of a safetensors file, named as in the file. The engine computes with the three of
/// <see cref="DType"/>. The others are legal in a file; they are refused only if the engine needs the tensor.
/// </summary>
public enum StoredType
{
    BOOL,
    F4,
    F6_E2M3,
    F6_E3M2,
    U8,
    I8,
    F8_E5M2,
    F8_E4M3,
    F8_E8M0,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    C64,
    F64,
    I64,
    U64,
}

/// <summary>Sizes and names of <see cref="StoredType"/>.</summary>
internal static class StoredTypes
{
    /// <summary>Bits of one element; the newest types are smaller than a byte.</summary>
    public static int Bits(this StoredType type) => type switch
    {
        StoredType.F4 => 4,
        StoredType.F6_E2M3 or StoredType.F6_E3M2 => 6,
        <= StoredType.F8_E8M0 => 8,
        <= StoredType.BF16 => 16,
        <= StoredType.F32 => 32,
        _ => 64,
    };

    /// <summary>The engine's own type, or null if the engine does not compute with it.</summary>
    public static DType? AsDType(this StoredType type) => type switch
    {
        StoredType.F32 => DType.F32,
        StoredType.F16 => DType.F16,
        StoredType.BF16 => DType.BF16,
        _ => null,
    };

    /// <summary>The same type as a type of a file.</summary>
    public static StoredType AsStored(this DType type) => type switch
    {
        DType.F32 => StoredType.F32,
        DType.F16 => StoredType.F16,
        DType.BF16 => StoredType.BF16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>Bytes of a tensor.</summary>
    /// <exception cref="OverflowException">The product of the dimensions, in bits, leaves 64 bits.</exception>
    /// <exception cref="ArgumentException">
    /// A dimension is negative, or the elements do not fill whole bytes.
    /// </exception>
    public static long ByteCount(this StoredType type, ReadOnlySpan<long> shape)
    {
        long bits = type.Bits();
        foreach (long dimension in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(shape));
            bits = checked(bits * dimension);
        }

        return bits % 8 == 0 ? bits / 8 : throw new ArgumentException("The elements do not fill whole bytes.");
    }

    // Numbers and combined names, which Enum.TryParse also takes, are no type names.
    internal static bool TryParse(string name, out StoredType type) =>
        Enum.TryParse(name, out type) && Enum.IsDefined(type) && type.ToString() == name;
}
