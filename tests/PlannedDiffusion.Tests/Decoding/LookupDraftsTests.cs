using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Decoding;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

/// <summary>Drafts are the tokens that followed the previous occurrence of the last three.</summary>
public sealed class LookupDraftsTests
{
    [Theory]
    [InlineData("abcdefabc", "defabc")]
    [InlineData("abcdefghijklmabc", "defghij")]
    [InlineData("abc1abc2abc", "2abc")]
    [InlineData("aaaa", "a")]
    [InlineData("abcabd", "")]
    [InlineData("abc", "")]
    [InlineData("ab", "")]
    [InlineData("", "")]
    public void TheLastOccurrenceIsCopied(string text, string expected) => Assert.Equal(expected, Draft(text, 7));

    [Fact]
    public void LookupFollowsTheRuleForAnyText() => Prop.ForAll(
        Gen.Choose('a', 'c').ArrayOf().ToArbitrary(),
        Gen.Choose(0, 7).ToArbitrary(),
        (tokens, room) =>
        {
            string text = string.Concat(tokens.Select(token => (char)token)), expected = "";
            for (int i = 0; i + 3 < text.Length; i++)
            {
                if (text[i..(i + 3)] == text[^3..]) expected = string.Concat(text[(i + 3)..].Take(room));
            }

            Assert.Equal(expected, Draft(text, room));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(5, 7));

    private static string Draft(string text, int room)
    {
        var drafts = new int[room];
        int count = new LookupDrafts().Draft([.. text.Select(letter => (int)letter)], drafts);
        return string.Concat(drafts.Take(count).Select(token => (char)token));
    }
}
