using System.Buffers.Binary;
using PlannedDiffusion.Models;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.TestKit;

/// <summary>
/// Random values that keep the activations of a deep network at a moderate size: matrices scaled by their width, norms
/// around one, small biases. Each tensor has its own stream, so its values do not depend on the other tensors.
/// </summary>
internal static class RandomWeights
{
    public static byte[] Bytes(WeightShape weight, DType type, int seed)
    {
        int size = type == DType.F32 ? 4 : 2;
        var bytes = new byte[checked(weight.ElementCount * size)];
        var random = new Random(seed ^ StableHash(weight.Name));
        (float mean, float scale) = Distribution(weight);
        for (int i = 0; i < bytes.Length; i += size)
        {
            // The sum of four uniform numbers has variance 1/3 and nearly the shape of a normal distribution.
            double sum = random.NextDouble() + random.NextDouble() + random.NextDouble() + random.NextDouble() - 2;
            Store(bytes.AsSpan(i), mean + scale * (float)(sum * Math.Sqrt(3)), type);
        }

        return bytes;
    }

    private static (float Mean, float Scale) Distribution(WeightShape weight)
    {
        if (weight.Name == WeightNames.Embedding) return (0, 1);
        if (weight.Shape.Count == 2) return (0, 1.5f / MathF.Sqrt(weight.Shape[1]));
        return weight.Name.EndsWith("norm.weight", StringComparison.Ordinal) ? (1, 0.1f) : (0, 0.2f);
    }

    private static void Store(Span<byte> target, float value, DType type)
    {
        if (type == DType.F32) BinaryPrimitives.WriteSingleLittleEndian(target, value);
        else if (type == DType.F16) BinaryPrimitives.WriteHalfLittleEndian(target, (Half)value);
        else BinaryPrimitives.WriteUInt16LittleEndian(target, RoundToBFloat16(value));
    }

    // To nearest, ties to even; the values are finite.
    private static ushort RoundToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    // FNV-1a: string.GetHashCode differs from run to run.
    private static int StableHash(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text) hash = (hash ^ c) * 16777619;
        return (int)hash;
    }
}
