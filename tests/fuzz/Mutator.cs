using System.Buffers.Binary;

namespace PlannedDiffusion.Fuzz;

/// <summary>
/// Makes new inputs from old ones: changes bits, bytes, numbers, blocks and words of the format, and inserts parts of
/// others.
/// </summary>
internal sealed class Mutator(Random random, IReadOnlyList<byte[]> words)
{
    private const int MostBytes = 1 << 16;

    private static readonly long[] Numbers =
    [
        0, 1, -1, 7, 8, 127, 128, 255, 256, 32767, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue,
        (long)int.MaxValue + 1, long.MaxValue, long.MinValue,
    ];

    /// <summary>A changed copy of an input, perhaps with a part of the other.</summary>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        List<byte> bytes = [.. input];
        for (int changes = 1 << random.Next(5); changes > 0; changes--) Change(bytes, other);
        return [.. bytes.Take(MostBytes)];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        int at = random.Next(bytes.Count + 1);
        int left = bytes.Count - at;
        switch (random.Next(9))
        {
            case 0 when left > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when left > 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when left > 0:
                bytes.RemoveRange(at, random.Next(Math.Min(left, 64)) + 1);
                break;
            case 3 when left > 0:
                bytes.InsertRange(at, bytes.GetRange(at, random.Next(Math.Min(left, 64)) + 1));
                break;
            case 4 when left >= sizeof(long):
                Span<byte> number = stackalloc byte[sizeof(long)];
                BinaryPrimitives.WriteInt64LittleEndian(number, Number());
                for (int i = 0; i < number.Length; i++) bytes[at + i] = number[i];
                break;
            case 5:
                ReplaceDigits(bytes, at);
                break;
            case 6 when other.Length > 0:
                int start = random.Next(other.Length);
                bytes.InsertRange(at, other.AsSpan(start, random.Next(Math.Min(other.Length - start, 256)) + 1));
                break;
            default:
                if (words.Count > 0) bytes.InsertRange(at, words[random.Next(words.Count)]);
                break;
        }
    }

    /// <summary>Replaces the next number that is written in digits.</summary>
    private void ReplaceDigits(List<byte> bytes, int at)
    {
        int start = bytes.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
        if (start < 0) return;
        int end = start;
        while (end < bytes.Count && bytes[end] is >= (byte)'0' and <= (byte)'9') end++;
        bytes.RemoveRange(start, end - start);
        string text = Number().ToString(System.Globalization.CultureInfo.InvariantCulture);
        bytes.InsertRange(start, text.Select(c => (byte)c));
    }

    private long Number() => Numbers[random.Next(Numbers.Length)];
}
