using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

/// <summary>Three files may name stop tokens, in several forms. The family's tokens are added.</summary>
public sealed class StopTokensTests
{
    private const int Vocabulary = 312;
    private const int EndOfText = 300, Start = 301, End = 302, Pad = 309;

    [Fact]
    public void WithoutFilesTheFamilysNamesEndAnAnswer()
    {
        using TemporaryDirectory folder = TinyTokenizer.Write(TinyTokenizer.Describe());
        StopTokens stops = Read(folder);
        Assert.Equal([End, EndOfText], stops.Ids);
        Assert.Equal(["<|im_end|>", "<|endoftext|>"], stops.Tokens.Select(token => token.Content));
        Assert.All(stops.Tokens, token => Assert.Empty(token.NamedBy));
        Assert.Equal(stops.Ids, StopTokens.OfFamily(TinyEngines.Tokenizer).Ids);
    }

    [Theory]
    [InlineData("config.json", """{"eos_token_id": 309}""", "309 302 300")]
    [InlineData("config.json", """{"eos_token_id": [301, 309]}""", "301 309 302 300")]
    [InlineData("config.json", """{"eos_token_id": null}""", "302 300")]
    [InlineData("config.json", """{"eos_token_id": []}""", "302 300")]
    [InlineData("config.json", """{"eos_token_id": 300}""", "300 302")]
    [InlineData("config.json", """{"eos_token_id": "[PAD]"}""", "309 302 300")]
    [InlineData("generation_config.json", """{"eos_token_id": [97, 302], "do_sample": false}""", "97 302 300")]
    [InlineData("generation_config.json", """{"eos_token_id": 311}""", "311 302 300")]
    [InlineData("tokenizer_config.json", """{"eos_token": "[PAD]"}""", "309 302 300")]
    [InlineData("tokenizer_config.json", """{"eos_token": {"content": "[PAD]", "special": true}}""", "309 302 300")]
    [InlineData("tokenizer_config.json", """{"eos_token": ["[PAD]", "<|im_start|>"]}""", "309 301 302 300")]
    [InlineData("tokenizer_config.json", "\uFEFF{\"eos_token\": \"abc\"}", "259 302 300")]
    public void EachFileNamesStopTokensInEveryForm(string file, string content, string ids)
    {
        using TemporaryDirectory folder = TinyTokenizer.Write(TinyTokenizer.Describe());
        File.WriteAllText(folder.File(file), content);
        StopTokens stops = Read(folder);
        Assert.Equal(ids, string.Join(' ', stops.Ids));
        Assert.All(stops.Tokens.SelectMany(token => token.NamedBy), name => Assert.Equal(file, name));
    }

    [Fact]
    public void StopTokensOfAllFilesAreJoined()
    {
        using TemporaryDirectory folder = TinyTokenizer.Write(TinyTokenizer.Describe());
        File.WriteAllText(folder.File("config.json"), """{"eos_token_id": 309}""");
        File.WriteAllText(folder.File("generation_config.json"), """{"eos_token_id": [301, 309]}""");
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"eos_token": "<|endoftext|>"}""");
        StopTokens stops = Read(folder);
        Assert.Equal([Pad, Start, EndOfText, End], stops.Ids);
        Assert.Equal(["config.json", "generation_config.json"], stops.Tokens[0].NamedBy);
        Assert.Equal(["tokenizer_config.json"], stops.Tokens[2].NamedBy);
    }

    [Theory]
    [InlineData("config.json", """{"eos_token_id": 312}""", "eos_token_id: is 312, but the ids")]
    [InlineData("config.json", """{"eos_token_id": -1}""", "eos_token_id: is -1, but")]
    [InlineData("config.json", """{"eos_token_id": 99999999999}""", "eos_token_id: is not an integer")]
    [InlineData("config.json", """{"eos_token_id": 1.5}""", "eos_token_id: is not an integer")]
    [InlineData("config.json", """{"eos_token_id": true}""", "eos_token_id: is not an object")]
    [InlineData("generation_config.json", """{"eos_token_id": [1, [2]]}""", "eos_token_id[1]: is not an object")]
    [InlineData("generation_config.json", """{"eos_token_id": [1, null]}""", "eos_token_id[1]: is not an object")]
    [InlineData("generation_config.json", "[]", "is not an object")]
    [InlineData("generation_config.json", "{", "not valid JSON")]
    [InlineData("tokenizer_config.json", """{"eos_token": "</s>"}""", "eos_token: '</s>' is not in the vocabulary")]
    [InlineData("tokenizer_config.json", """{"eos_token": {}}""", "eos_token.content: is missing")]
    public void UnknownTokensAreRefusedWithFileAndField(string file, string content, string message)
    {
        using TemporaryDirectory folder = TinyTokenizer.Write(TinyTokenizer.Describe());
        File.WriteAllText(folder.File(file), content);
        var error = Assert.Throws<TokenizerException>(() => Read(folder));
        Assert.StartsWith($"{file}: {message}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATooLongListIsRefused()
    {
        using TemporaryDirectory folder = TinyTokenizer.Write(TinyTokenizer.Describe());
        string many = string.Join(", ", Enumerable.Repeat(1, 1001));
        File.WriteAllText(folder.File("config.json"), $$"""{"eos_token_id": [{{many}}]}""");
        var error = Assert.Throws<TokenizerException>(() => Read(folder));
        Assert.Equal("config.json: eos_token_id: has more than 1000 tokens", error.Message);
    }

    private static StopTokens Read(TemporaryDirectory folder) =>
        StopTokens.Read(folder.Path, TinyEngines.Tokenizer, Vocabulary);
}
