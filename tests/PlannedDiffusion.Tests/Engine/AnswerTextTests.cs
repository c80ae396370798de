using PlannedDiffusion.Engine;
using Xunit;
using static PlannedDiffusion.Tests.Engine.AnswerTexts;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Text of parts, case by case.</summary>
public sealed class AnswerTextTests
{
    [Theory]
    [InlineData("a", "b", "a b")]
    [InlineData("a ", " b", "a b")]
    [InlineData("a", "  b", "a  b")]
    [InlineData("a\n", "  b", "a\n  b")] // indented
    [InlineData("a", "\nb", "a\nb")]
    [InlineData("a", "1. b", "a\n1. b")]
    [InlineData("a \t", "1. b", "a\n1. b")]
    [InlineData("a\n\n", "1. b", "a\n\n1. b")]
    [InlineData("a", " 1 b", "a 1 b")]
    [InlineData("a", "𝟏", "a\n𝟏")]
    [InlineData("", "1. b", "1. b")]
    [InlineData(" \n", "\tb \n", "b")]
    [InlineData("a  b\t\tc", "d", "a  b\t\tc d")]
    [InlineData("a [PAD][PAD]", "[PAD]b", "a b")]
    [InlineData("a[PAD]b", "", "ab")]
    [InlineData("a<sync/><promise>-<topic>b</topic><|im_end|><|mask|>", "<async>c", "ab c")]
    public void SpansFollowEachOther(string first, string second, string text) => Assert.Equal(
        text, Text((AnswerPart.Span, Trusted(first)), (AnswerPart.Span, []), (AnswerPart.Span, Trusted(second))));

    [Theory]
    [InlineData("<promise>-<topic>a 1</topic>", "")]
    [InlineData("<promise>-<topic>a 1</topic><promise>-<topic>b", "")]
    [InlineData("<promise>-<topic>a 1", "")]
    [InlineData("a<promise>-<topic>b\n1</topic>c", "a c")]
    [InlineData("a<promise>-<topic>b<promise>-<topic>c</topic>d</topic>e", "a de")]
    [InlineData("just text", "just text")]
    public void PromisesVanishFromPlans(string plan, string text) =>
        Assert.Equal(text, Text((AnswerPart.Plan, Trusted(plan))));

    [Theory]
    [InlineData(AnswerPart.Text)]
    [InlineData(AnswerPart.FixedText)]
    [InlineData(AnswerPart.Plan)]
    [InlineData(AnswerPart.Span)]
    internal void LettersThatSpellATagStay(AnswerPart part)
    {
        const string spelled = "<async>[PAD]<promise>-<topic>a 1</topic><|im_end|><|mask|>b";
        Assert.Equal(spelled, Text((part, Tokenizer.Encode(spelled))));
        Assert.Equal("x y", Text((part, Trusted("x[PAD]</async><sync/><|im_start|><|mask|> y"))));
    }

    [Fact]
    public void StopTokensEndOnlyAnswersOfAFixedLength()
    {
        int[] ids = [.. Trusted("a<|im_end|>b"), StopWord, 'c'];
        Assert.Equal("a", Text((AnswerPart.FixedText, ids)));
        Assert.Equal("ab#c", Text((AnswerPart.Text, ids)));
        Assert.Equal("abc", Text((AnswerPart.Span, ids)));
        Assert.Equal("abc", Text((AnswerPart.Plan, ids)));
    }

    [Fact]
    public void AnIncompleteCharacterIsDropped()
    {
        int[] half = [.. Tokenizer.Encode("a👍")[..4]];
        Assert.Equal("a", Text((AnswerPart.Text, half)));
        Assert.Equal("a b", Text((AnswerPart.Span, half), (AnswerPart.Span, ['b'])));
        Assert.Equal("a b", Text((AnswerPart.Plan, [.. half, .. Trusted("<promise>-<topic>1</topic>b")])));
        Assert.Equal("a👍", Text((AnswerPart.Span, [.. half, Tags.Pad, Tokenizer.Encode("👍")[^1]])));
        Assert.Equal("a\uFFFDb", Text((AnswerPart.Span, [.. half, 'b']))); // invalid, but not at the cut
    }

    private static int[] Trusted(string text) => Tokenizer.EncodeTrusted(text);

    private static string Text(params (AnswerPart Part, int[] Ids)[] parts)
    {
        var text = new AnswerText(Tokens);
        foreach ((AnswerPart part, int[] ids) in parts)
        {
            text.Begin(part);
            text.Append(ids);
        }

        return text.Take();
    }
}
