using System.Text.RegularExpressions;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

public sealed class PreTokenizerTests
{
    // .NET matches UTF-16 units, so the comparison keeps to characters of one unit, and its fold of s lacks the long s.
    private static readonly Regex Pattern = new(
        Pipeline.Pattern.Replace("'s|", "['][sſ]|", StringComparison.Ordinal), RegexOptions.CultureInvariant);

    [Fact]
    public void WordsEqualTheMatchesOfThePattern() =>
        Texts.ForAll(4000, Texts.UpTo(0xFFFF), text =>
            Assert.Equal(Pattern.Matches(text).Select(match => match.Value), Words(text)));

    [Theory]
    [InlineData("it's", "it|'s")]
    [InlineData("DON'T've'LLama", "DON|'T|'ve|'LL|ama")]
    [InlineData("'ſt", "'ſ|t")]
    [InlineData("'x 'sx", "'x| '|sx")]
    [InlineData("a  b   ", "a| | b|   ")]
    [InlineData(" \n \n x", " \n \n| x")]
    [InlineData("\n\n\tx", "\n\n|\tx")]
    [InlineData("2026 01", "2|0|2|6| |0|1")]
    [InlineData("!?\r\n\nx ...", "!?\r\n\n|x| ...")]
    [InlineData("𝕳𝖊𝟏𝟐👍 👍x", "𝕳𝖊|𝟏|𝟐|👍| 👍|x")]
    [InlineData("👍🏽‍🚀abc", "👍🏽‍🚀|abc")]
    [InlineData("(abc", "(abc")]
    [InlineData("👍abc", "👍abc")]
    [InlineData("\u0085\u00A0a", "\u0085|\u00A0a")]
    [InlineData("\uFEFFa", "\uFEFFa")]
    [InlineData("'", "'")]
    [InlineData("'r", "'r")]
    public void KnownTextsSplit(string text, string words) => Assert.Equal(words.Split('|'), Words(text));

    [Fact]
    public void LoneSurrogatesAreSymbols() =>
        Assert.Equal(["a", "\uD800!", " \uDC00", "x"], Words("a\uD800! \uDC00x"));

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        for (int start = 0; start < text.Length; start += words[^1].Length)
            words.Add(text.Substring(start, PreTokenizer.FirstWord(text.AsSpan(start))));
        return words;
    }
}
