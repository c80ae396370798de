using System.Text;

namespace PlannedDiffusion.Tokenization;

/// <summary>
/// The spelling of bytes in byte-level vocabularies. Printable Latin-1 characters stand for themselves; the other 68
/// bytes are, in order, the characters from U+0100 on.
/// </summary>
internal static class ByteAlphabet
{
    private const int Letters = 256 + 68;

    private static readonly char[] Spelling = Spell();
    private static readonly short[] Values = Invert(Spelling);

    /// <summary>The character that stands for a byte.</summary>
    public static char CharOf(byte value) => Spelling[value];

    /// <summary>The bytes of a spelled token. A token with other characters stands for its own UTF-8 bytes.</summary>
    public static byte[] Decode(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int value = token[i] < Letters ? Values[token[i]] : -1;
            if (value < 0) return Encoding.UTF8.GetBytes(token);
            bytes[i] = (byte)value;
        }

        return bytes;
    }

    private static char[] Spell()
    {
        var spelling = new char[256];
        int unprintable = 0;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
            spelling[value] = printable ? (char)value : (char)(256 + unprintable++);
        }

        return spelling;
    }

    private static short[] Invert(char[] spelling)
    {
        var values = new short[Letters];
        Array.Fill(values, (short)-1);
        for (int value = 0; value < 256; value++) values[spelling[value]] = (short)value;
        return values;
    }
}
