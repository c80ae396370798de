using System.Security.Cryptography;
using System.Text;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

/// <summary>The expected hashes were computed with ICU 78 (Unicode 17) over the same texts in UTF-16.</summary>
public sealed class NfcNormalizerTests
{
    // Blocks with characters that compose, decompose or are reordered.
    private static readonly (int First, int Last)[] Blocks =
    [
        (0x41, 0x7A), (0xC0, 0x17F), (0x300, 0x345), (0x385, 0x3D5), (0x591, 0x5C7), (0x622, 0x655), (0x928, 0x93C),
        (0x9BE, 0x9DF), (0xB3C, 0xB5D), (0xBC6, 0xBD7), (0xCC0, 0xCD6), (0xD3E, 0xD57), (0xDCA, 0xDDF), (0xF40, 0xFB9),
        (0x1025, 0x102F), (0x1100, 0x1112), (0x1161, 0x1175), (0x11A7, 0x11C2), (0x1B05, 0x1B44), (0x1DC0, 0x1DFF),
        (0x1E00, 0x1FFF), (0x20D0, 0x20F0), (0x2126, 0x212B), (0x2ADC, 0x2ADC), (0x3046, 0x3099), (0xAC00, 0xAC40),
        (0xD788, 0xD7A3), (0xF900, 0xFAFF), (0xFB1D, 0xFB4E), (0x105D2, 0x105E4), (0x11099, 0x110BA),
        (0x11127, 0x11134), (0x11347, 0x11357), (0x11382, 0x113CE), (0x114B0, 0x114C3), (0x115AF, 0x115BF),
        (0x11930, 0x11938), (0x1611E, 0x16129), (0x16D63, 0x16D6A), (0x1D157, 0x1D172), (0x2F800, 0x2FA1D),
    ];

    [Fact]
    public void EveryCharacterNormalizesAsInIcu()
    {
        string hash = Hash(Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(char.ConvertFromUtf32), out _);
        Assert.Equal("8f3c3b2592568544dbf5ea4006254d9aa5cbf6b61b2dcba8184bea802b8fba23", hash);
    }

    [Fact]
    public void RandomTextsNormalizeAsInIcu()
    {
        string hash = Hash(RandomTexts(200_000), out int changed);
        Assert.Equal(80_975, changed);
        Assert.Equal("808d76bc2b2897d1eaef86d946d59053555225b09b18ca62a41646c8710109e8", hash);
    }

    [Fact]
    public void TextsNormalizeAsTheStandardSays()
    {
        var reference = new NfcReference();
        var normalizer = new NfcNormalizer();
        Texts.ForAll(2000, Texts.UpTo(), text =>
        {
            string normalized = normalizer.Normalize(text).ToString();
            Assert.Equal(reference.Normalize(text), normalized);
            Assert.Equal(normalized, normalizer.Normalize(normalized).ToString());
        });
    }

    [Theory]
    [InlineData("e\u0301", "é")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("a\u0323\u0302", "ậ")]
    [InlineData("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글")]
    [InlineData("\uac00\u11a8", "각")]
    [InlineData("\uac01\u11a8", "\uac01\u11a8")]
    [InlineData("\u212B\u2126\u212A", "ÅΩK")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u0301e", "\u0301e")]
    [InlineData("<async>\u0338", "<async\u226F")]
    [InlineData("", "")]
    public void KnownTextsNormalize(string text, string expected) =>
        Assert.Equal(expected, new NfcNormalizer().Normalize(text).ToString());

    [Fact]
    public void LoneSurrogatesBreakNothing()
    {
        var normalizer = new NfcNormalizer();
        Assert.Equal("a\uD800", normalizer.Normalize("a\uD800").ToString());
        Assert.Equal("é\uDC00x", normalizer.Normalize("e\u0301\uDC00x").ToString());
    }

    [Fact]
    public void AMillionMarksInDescendingOrderAreOrdered()
    {
        string text = "x" + new string('\u0301', 500_000) + new string('\u0323', 500_000);
        string expected = "x" + new string('\u0323', 500_000) + new string('\u0301', 500_000);
        Assert.Equal(expected, new NfcNormalizer().Normalize(text).ToString());
    }

    private static string Hash(IEnumerable<string> texts, out int changed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var normalizer = new NfcNormalizer();
        changed = 0;
        foreach (string text in texts)
        {
            ReadOnlySpan<char> normalized = normalizer.Normalize(text);
            if (!normalized.SequenceEqual(text)) changed++;
            hash.AppendData(Encoding.Unicode.GetBytes($"{normalized}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<string> RandomTexts(int count)
    {
        uint state = 1;
        for (int i = 0; i < count; i++)
        {
            var text = new StringBuilder();
            for (int length = 1 + Next(8); length > 0; length--)
            {
                (int first, int last) = Blocks[Next(Blocks.Length)];
                text.Append(char.ConvertFromUtf32(first + Next(last - first + 1)));
            }

            yield return text.ToString();
        }

        int Next(int bound)
        {
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF;
            return (int)((state >> 8) % (uint)bound);
        }
    }
}
