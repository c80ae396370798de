using System.Text.Json.Nodes;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

/// <summary>Up to three files declare added tokens, which may be words of the vocabulary.</summary>
public sealed class AddedTokensTests
{
    private const string Config = "tokenizer_config.json";

    [Fact]
    public void TokensOfTheConfigurationAreAddedToThoseOfTheTokenizer()
    {
        using TemporaryDirectory folder = TinyTokenizer.Write(TinyTokenizer.Describe());
        File.WriteAllText(folder.File(Config), """
            {"added_tokens_decoder": {
              "302": {"content": "<|im_end|>", "special": true},
              "400": {"content": "<call>", "special": false, "normalized": false},
              "401": {"content": "<|stop|>", "special": true}}}
            """);
        var tokenizer = Tokenizer.Load(folder.Path);
        Assert.Equal([300, 302, 400, 401], tokenizer.EncodeTrusted("<|endoftext|><|im_end|><call><|stop|>"));
        Assert.DoesNotContain(tokenizer.Encode("<call><|stop|>"), tokenizer.IsAdded);
        Assert.Equal("<call>", tokenizer.Decode([400, 401], skipSpecial: true));
        Assert.Equal(402, tokenizer.VocabularySize);
    }

    [Fact]
    public void FlagsOfTheConfigurationWin()
    {
        using TemporaryDirectory folder = TinyTokenizer.Write(TinyTokenizer.Describe());
        File.WriteAllText(folder.File(Config), """
            {"eos_token": "[PAD]", "added_tokens_decoder": {
              "304": {"content": "<async>", "special": false}, "309": {"content": "[PAD]", "special": false}}}
            """);
        var tokenizer = Tokenizer.Load(folder.Path);
        Assert.False(tokenizer.IsSpecial(304));
        Assert.True(tokenizer.IsSpecial(309)); // it has a role
        Assert.DoesNotContain(304, tokenizer.EncodeTrusted("<async>\u0338")); // found in normalised text only
    }

    /// <summary>Before <c>added_tokens_decoder</c> there were two files beside the vocabulary.</summary>
    [Fact]
    public void TheOlderLayoutHasItsOwnFiles()
    {
        using TemporaryDirectory folder = TokenizerFiles.Copy("vocab.json", "merges.txt");
        File.WriteAllText(
            folder.File("added_tokens.json"), """{"<|im_start|>": 3000, "<|im_end|>": 3001, "<x>": 3002}""");
        File.WriteAllText(folder.File("special_tokens_map.json"), """
            {"eos_token": {"content": "<|im_end|>"}, "additional_special_tokens": ["<|im_start|>"]}
            """);
        var tokenizer = Tokenizer.Load(folder.Path);
        Assert.Equal([3000, 3001, 3002], tokenizer.EncodeTrusted("<|im_start|><|im_end|><x>"));
        Assert.Equal([true, true, false], new[] { 3000, 3001, 3002 }.Select(tokenizer.IsSpecial));
        Assert.Equal("<|im_end|>", tokenizer.SpecialTokens["eos_token"]);

        // They are ignored if there is the newer list.
        File.WriteAllText(folder.File(Config), """{"added_tokens_decoder": {"3000": {"content": "<y>"}}}""");
        tokenizer = Tokenizer.Load(folder.Path);
        Assert.Equal([3000], tokenizer.EncodeTrusted("<y>"));
        Assert.Null(tokenizer.AddedTokenId("<x>"));
        Assert.Empty(tokenizer.SpecialTokens);
    }

    [Fact]
    public void AWordWithARoleIsAnAddedToken()
    {
        JsonObject description = TinyTokenizer.Describe();
        description["model"]!["vocab"]!["<|turn|>"] = 400;
        using TemporaryDirectory folder = TinyTokenizer.Write(description);
        File.WriteAllText(folder.File(Config), """{"eos_token": "<|turn|>", "unk_token": "nowhere"}""");
        var tokenizer = Tokenizer.Load(folder.Path);
        Assert.Equal(400, tokenizer.AddedTokenId("<|turn|>"));
        Assert.True(tokenizer.IsSpecial(400));
        Assert.Equal([400], tokenizer.EncodeTrusted("<|turn|>"));
        Assert.Null(tokenizer.TokenId("nowhere"));
    }

    [Theory]
    [InlineData("304", "<call>", "'<call>' has the id 304 of another token, '<async>' in tokenizer.json")]
    [InlineData("400", "<async>", "'<async>' has the id 400, but 304 in tokenizer.json")]
    [InlineData("97", "<call>", "'<call>' has the id 97 of another token")]
    [InlineData("400", "aa", "'aa' has the id 256 in the vocabulary")]
    [InlineData("4194304", "<call>", "'<call>' has the id 4194304, out of bounds")]
    public void FilesThatContradictEachOtherAreRefused(string id, string content, string message)
    {
        using TemporaryDirectory folder = TinyTokenizer.Write(TinyTokenizer.Describe());
        File.WriteAllText(folder.File(Config),
            $"{{\"added_tokens_decoder\": {{\"{id}\": {{\"content\": \"{content}\"}} }} }}");
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.Load(folder.Path));
        Assert.StartsWith($"{Config}: added_tokens_decoder: {message}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"<x>": "1"}""", "<x>: is not an integer")]
    [InlineData("""{"": 1}""", "names an empty token")]
    [InlineData("[]", "is not an object")]
    public void TheOlderFileIsCheckedToo(string content, string message)
    {
        using TemporaryDirectory folder = TinyTokenizer.Write(TinyTokenizer.Describe());
        File.WriteAllText(folder.File("added_tokens.json"), content);
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.Load(folder.Path));
        Assert.StartsWith($"added_tokens.json: {message}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A token that bytes or merges give is an ordinary word, which controls nothing.</summary>
    [Theory]
    [InlineData("a", 97)]
    [InlineData("aa", 256)]
    [InlineData("abc", 259)]
    public void AnAddedTokenThatPlainTextGivesStaysAWord(string content, int id)
    {
        Tokenizer tokenizer = Load(id, content, special: false);
        Assert.Equal([id], tokenizer.Encode(content));
        Assert.Equal([id], tokenizer.EncodeTrusted(content));
        Assert.Equal(content, tokenizer.Decode([id]));
        Assert.False(tokenizer.IsAdded(id));
        Assert.Null(tokenizer.AddedTokenId(content));
        Assert.Equal(id, tokenizer.TokenId(content));
    }

    /// <summary>A special token is a tag: a user who types it gets its characters.</summary>
    [Fact]
    public void ASpecialTokenIsNeverMergedInto()
    {
        Tokenizer tokenizer = Load(256, "aa", special: true);
        Assert.Equal([97, 97], tokenizer.Encode("aa"));
        Assert.Equal([256], tokenizer.EncodeTrusted("aa"));
        Assert.Equal([256, 256, 97], tokenizer.EncodeTrusted("aaaaa"));
        Assert.Equal(256, tokenizer.AddedTokenId("aa"));
        Assert.Equal([97, 259], tokenizer.Encode("aabc")); // later merges continue
        Assert.Equal("", tokenizer.Decode([256], skipSpecial: true));
    }

    [Fact]
    public void NumberAndLengthAreBounded()
    {
        JsonObject description = TinyTokenizer.Describe();
        description["added_tokens"] = new JsonArray(TinyTokenizer.Added(400, new string('x', (1 << 16) + 1)));
        Assert.Equal($"tokenizer.json: added_tokens: '{new string('x', 120)}...' has 65537 characters, more than 65536",
            Assert.Throws<TokenizerException>(() => Load(description)).Message);
        description["added_tokens"] = new JsonArray(
            [.. Enumerable.Range(0, 65).Select(i => TinyTokenizer.Added(400 + i, $"{i}".PadLeft(1 << 16)))]);
        Assert.Contains("longer than 4194304 characters together",
            Assert.Throws<TokenizerException>(() => Load(description)).Message, StringComparison.Ordinal);
        description["added_tokens"] =
            new JsonArray([.. Enumerable.Range(0, (1 << 17) + 1).Select(i => TinyTokenizer.Added(400 + i, $"{i}"))]);
        Assert.Contains("one of more than 131072 added tokens",
            Assert.Throws<TokenizerException>(() => Load(description)).Message, StringComparison.Ordinal);
    }

    private static Tokenizer Load(int id, string content, bool special)
    {
        JsonObject description = TinyTokenizer.Describe();
        JsonObject token = TinyTokenizer.Added(id, content);
        token["special"] = special;
        description["added_tokens"]!.AsArray().Add((JsonNode)token);
        return Load(description);
    }

    private static Tokenizer Load(JsonObject description)
    {
        using TemporaryDirectory folder = TinyTokenizer.Write(description);
        return Tokenizer.Load(folder.Path);
    }
}
