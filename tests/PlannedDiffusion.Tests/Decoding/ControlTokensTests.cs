using System.Text.Json.Nodes;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Decoding;

public sealed class ControlTokensTests
{
    [Fact]
    public void IdsAreThoseOfTheFile()
    {
        Tokenizer tokenizer = Load(TinyTokenizer.Tags);
        var tokens = ControlTokens.FromTokenizer(tokenizer);
        Assert.Equal(
            Enumerable.Range(300, 10).Where(id => id != 301),
            [tokens.EndOfText!.Value, tokens.End, tokens.Mask, tokens.AsyncStart, tokens.AsyncEnd, tokens.PromiseStart,
                tokens.PromiseEnd, tokens.Sync, tokens.Pad]);
        Assert.Equal("0123456789", tokenizer.Decode(tokens.Digits.AsSpan()));
        Assert.Equal(7, tokens.DigitValue(tokens.Digits[7]));
        Assert.Equal(-1, tokens.DigitValue(tokens.End));
    }

    [Fact]
    public void EachMissingTagIsNamed()
    {
        Tokenizer tokenizer = Load(["<|im_end|>", "<async>"]);
        var error = Assert.Throws<TokenizerException>(() => ControlTokens.FromTokenizer(tokenizer));
        foreach (string tag in TinyTokenizer.Tags.Except(["<|im_end|>", "<async>", "<|endoftext|>", "<|im_start|>"]))
            Assert.Contains(tag, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("<async>", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AVocabularyOfAnotherModelHasNone()
    {
        Assert.False(ControlTokens.TryFromTokenizer(Load(["<|endoftext|>", "<|im_end|>", "<|mask|>"]), out _));
        Assert.True(ControlTokens.TryFromTokenizer(Load([.. TinyTokenizer.Tags.Skip(1)]), out ControlTokens? tokens));
        Assert.Null(tokens.EndOfText);
    }

    [Fact]
    public void AWordOfTheVocabularyIsNotATag()
    {
        JsonObject description = TinyTokenizer.Describe();
        description["added_tokens"]!.AsArray().RemoveAt(8);
        description["model"]!["vocab"]!["<sync/>"] = 280;
        using TemporaryDirectory directory = TinyTokenizer.Write(description);
        Tokenizer tokenizer = Tokenizer.Load(directory.Path);
        Assert.Equal(280, tokenizer.TokenId("<sync/>"));
        Assert.False(ControlTokens.TryFromTokenizer(tokenizer, out _));
    }

    [Fact]
    public void TenDigitsAreNeeded() => Assert.Throws<ArgumentException>(() => new ControlTokens
    {
        End = 1,
        Mask = 2,
        AsyncStart = 3,
        AsyncEnd = 4,
        PromiseStart = 5,
        PromiseEnd = 6,
        Sync = 7,
        Pad = 8,
        Digits = [10, 11, 12],
    });

    private static Tokenizer Load(string[] tags)
    {
        JsonObject description = TinyTokenizer.Describe();
        description["added_tokens"] = new JsonArray([.. tags.Select((tag, i) => TinyTokenizer.Added(300 + i, tag))]);
        using TemporaryDirectory directory = TinyTokenizer.Write(description);
        return Tokenizer.Load(directory.Path);
    }
}
