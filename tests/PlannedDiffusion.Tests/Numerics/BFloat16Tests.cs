using PlannedDiffusion.Numerics;
using Xunit;

namespace PlannedDiffusion.Tests.Numerics;

public sealed class BFloat16Tests
{
    [Fact]
    public void EveryBitPatternSurvivesARoundTrip()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            float value = BFloat16.ToSingle((ushort)bits);
            Assert.Equal((uint)bits << 16, BitConverter.SingleToUInt32Bits(value));
            ushort back = BFloat16.FromSingle(value);
            // A signalling NaN becomes a quiet one; all other patterns are exact.
            Assert.Equal(float.IsNaN(value) ? bits | 0x40 : bits, back);
        }
    }

    [Fact]
    public void RoundsToTheNearestAndTiesToEven()
    {
        var random = new Random(1);
        for (int i = 0; i < 100_000; i++)
        {
            float value = BitConverter.UInt32BitsToSingle((uint)random.NextInt64(0, 1L << 32));
            if (!float.IsFinite(value) || Math.Abs(value) > 3e38f) continue;
            float below = BFloat16.ToSingle((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
            float above = BFloat16.ToSingle((ushort)((BitConverter.SingleToUInt32Bits(value) >> 16) + 1));
            double toBelow = Math.Abs((double)value - below), toAbove = Math.Abs((double)above - value);
            bool belowIsEven = (BitConverter.SingleToUInt32Bits(below) >> 16) % 2 == 0;
            float expected = toBelow < toAbove || (toBelow == toAbove && belowIsEven) ? below : above;
            Assert.Equal(expected, BFloat16.ToSingle(BFloat16.FromSingle(value)));
        }
    }

    [Fact]
    public void SpansOfEveryLengthAreConvertedLikeSingleElements()
    {
        var random = new Random(2);
        for (int length = 0; length <= 257; length++)
        {
            float[] floats = [.. Enumerable.Range(0, length)
                .Select(_ => BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32)))];
            for (int i = 5; i < length; i += 13) floats[i] = float.NaN;
            ushort[] expected = [.. floats.Select(BFloat16.FromSingle)], rounded = new ushort[length];
            BFloat16.FromSingle(floats, rounded);
            Assert.Equal(expected, rounded);

            var widened = new float[length];
            BFloat16.ToSingle(expected, widened);
            Assert.Equal(expected.Select(BFloat16.ToSingle), widened);
        }
    }

    [Fact]
    public void EveryBinary16IsConvertedExactly()
    {
        ushort[] all = [.. Enumerable.Range(0, 65536).Select(bits => (ushort)bits)];
        var floats = new float[all.Length];
        Binary16.ToSingle(all, floats);
        for (int bits = 0; bits < all.Length; bits++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf(all[bits]);
            if (float.IsNaN(expected)) Assert.True(float.IsNaN(floats[bits]));
            else Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(floats[bits]));
        }

        for (int length = 0; length <= 33; length++)
        {
            var part = new float[length];
            Binary16.ToSingle(all.AsSpan(1000, length), part);
            Assert.Equal(floats[1000..(1000 + length)], part);
        }
    }

    [Fact]
    public void LengthsMustAgree()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => BFloat16.ToSingle(new ushort[3], new float[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => BFloat16.FromSingle(new float[4], new ushort[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Binary16.ToSingle(new ushort[3], new float[2]));
    }
}
