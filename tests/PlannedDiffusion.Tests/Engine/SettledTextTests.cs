using FsCheck;
using FsCheck.Fluent;
using PlannedDiffusion.Engine;
using Xunit;

namespace PlannedDiffusion.Tests.Engine;

/// <summary>Text of tokens that come in any order.</summary>
public sealed class SettledTextTests
{
    /// <summary>
    /// Any answer of any decoder, with characters of several tokens, broken bytes and tags, cut anywhere: at any time
    /// the text so far is that of the tokens before the first gap.
    /// </summary>
    [Fact]
    public void SettledTextIsTheTextBeforeTheFirstGap() => ForAll(4000, random =>
    {
        (AnswerPart Part, int[] Ids)[] parts = AnswerTexts.Random(random);
        var text = new SettledText(AnswerTexts.Tokens);
        var told = new bool[parts.Length][];
        int opened = 0;
        string settled = "";
        foreach ((int part, int at) in Order(parts, random))
        {
            for (; opened <= part; opened++)
            {
                int length = parts[opened].Ids.Length;
                bool known = parts[opened].Part is AnswerPart.Span or AnswerPart.FixedText;
                Assert.Equal(opened, text.Open(parts[opened].Part, known ? length : null));
                if (!known) text.Close(opened, length);
                told[opened] = new bool[length];
            }

            if (at >= 0)
            {
                text.Reveal(part, at, parts[part].Ids[at]);
                told[part][at] = true;
            }

            if (random.Next(2) == 0) continue;
            settled += text.Take();
            Assert.Equal(AnswerTexts.Expected(WithoutGap(parts, told[..opened])), settled);
        }

        settled += text.Take();
        Assert.Equal(AnswerTexts.Expected(parts), settled);
    });

    /// <summary>Nothing of what follows a part of unknown length settles before its length is known.</summary>
    [Fact]
    public void AnOpenPartHoldsTheRestBack()
    {
        var text = new SettledText(AnswerTexts.Tokens);
        int plan = text.Open(AnswerPart.Plan), span = text.Open(AnswerPart.Span, 2);
        text.Reveal(span, 1, 'b');
        text.Reveal(span, 0, 'a');
        Assert.Equal("", text.Take());
        text.Reveal(plan, 0, 'x');
        Assert.Equal("x", text.Take());
        text.Close(plan, 2);
        Assert.Equal("", text.Take());
        text.Reveal(plan, 1, 'y');
        Assert.Equal("y ab", text.Take());
    }

    [Fact]
    public void ATokenThatChangesIsRefused()
    {
        var text = new SettledText(AnswerTexts.Tokens);
        text.Reveal(text.Open(AnswerPart.Span, 2), 1, 'a');
        text.Reveal(0, 1, 'a');
        Assert.Throws<InvalidOperationException>(() => text.Reveal(0, 1, 'b'));
    }

    private static void ForAll(int count, Action<Random> check) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => check(new Random(seed)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(8, 9));

    /// <summary>All tokens in any order, and -1 for each part itself, which may be empty.</summary>
    private static (int Part, int At)[] Order((AnswerPart Part, int[] Ids)[] parts, Random random)
    {
        (int, int)[] order = [.. parts.SelectMany((part, p) => Enumerable.Range(-1, part.Ids.Length + 1)
            .Select(at => (p, at)))];
        if (random.Next(3) > 0) random.Shuffle(order);
        return order;
    }

    private static IEnumerable<(AnswerPart Part, int[] Ids)> WithoutGap(
        (AnswerPart Part, int[] Ids)[] parts, bool[][] told)
    {
        for (int part = 0; part < told.Length; part++)
        {
            int gap = Array.IndexOf(told[part], false);
            yield return (parts[part].Part, gap < 0 ? parts[part].Ids : parts[part].Ids[..gap]);
            if (gap >= 0) yield break;
        }
    }
}
