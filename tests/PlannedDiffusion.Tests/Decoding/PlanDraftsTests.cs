using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using Xunit;
using static PlannedDiffusion.TestKit.TinyEngines;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Tokens that a plan's grammar makes likely, and those that it leaves open.</summary>
public sealed class PlanDraftsTests
{
    // [ and ] stand for the tags of a promise.
    [Theory]
    [InlineData("", "[")]
    [InlineData("<sync/>", "[")]
    [InlineData("[x 3]", "[")]
    [InlineData("[x 3]<sync/>", "[")]
    [InlineData("[", "")]
    [InlineData("[x 3][", "")]
    [InlineData("[x", " ")]
    [InlineData("[x ", "")]
    [InlineData("[x 3", "][")]
    [InlineData("[x 3][y 1", "][")]
    [InlineData("[x 3][y", " 3][")]
    [InlineData("[x 3][y ", "3][")]
    [InlineData("[x 3][y z", " 3][")]
    [InlineData("[x 12][y", " 12][")]
    [InlineData("[x 3]<sync/>[y", " 3][")]
    [InlineData("[x,3][y", ",3][")]
    [InlineData("[3][y", " 3][")]
    [InlineData("[x 3][y][z", " 3][")]
    [InlineData("[x][y", " ")]
    public void TheGrammarOfAPlanIsDrafted(string plan, string expected) => Assert.Equal(expected, Draft("", plan));

    [Theory]
    [InlineData("x")]
    [InlineData("x 3")]
    [InlineData("[x 3]y")]
    [InlineData("[x 3]<sync/>y ")]
    public void NothingIsDraftedInOtherText(string plan) => Assert.Equal("", Draft("", plan));

    [Fact]
    public void NumbersOfEarlierRoundsCountButTheirTagsDoNot()
    {
        Assert.Equal(" 4][", Draft("hello [x 4]<async>a</async><sync/>", "[y"));
        Assert.Equal("[", Draft("hello [x", ""));
        Assert.Equal("", Draft("hello [x", " "));
    }

    [Fact]
    public void DraftsFitTheirRoom()
    {
        Assert.Equal(" 1", Draft("", "[x 12][y", room: 2));
        Assert.Equal("", Draft("", "[x 12][y", room: 0));
        Assert.Equal(" 111111", Draft("", "[x 11111111][y"));
    }

    [Fact]
    public void AMissingBlankIsNotDrafted()
    {
        ControlTokens tags = Tags with { Blank = null };
        Assert.Equal("", Draft("", "[x", tags: tags));
        Assert.Equal("", Draft("", "[3][x", tags: tags));
        Assert.Equal(" 3][", Draft("", "[x 3][y", tags: tags)); // the model has written a blank
    }

    private static string Draft(string before, string plan, int room = 7, ControlTokens? tags = null)
    {
        int[] text = Encode(before + plan);
        var drafts = new int[room];
        int count = new PlanDrafts(tags ?? Tags, Encode(before).Length).Draft(text, drafts);
        return Tokenizer.Decode(drafts.AsSpan(0, count))
            .Replace("<promise>-<topic>", "[", StringComparison.Ordinal)
            .Replace("</topic>", "]", StringComparison.Ordinal);
    }

    private static int[] Encode(string text) => Tokenizer.EncodeTrusted(text
        .Replace("[", "<promise>-<topic>", StringComparison.Ordinal)
        .Replace("]", "</topic>", StringComparison.Ordinal));
}
