using System.Text.Json.Nodes;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

/// <summary>What <c>tokenizer_config.json</c> calls bos_token, eos_token and so on.</summary>
public sealed class SpecialTokensTests
{
    private const string Config = """
        {
          "add_bos_token": false, "bos_token": null, "eos_token": "<|im_end|>",
          "pad_token": {"__type": "AddedToken", "content": "[PAD]", "lstrip": false}, "additional_special_tokens": []
        }
        """;

    [Fact]
    public void StringsAndObjectsAreRolesAndNullIsNone()
    {
        using TemporaryDirectory directory = WithConfig(Config);
        IReadOnlyDictionary<string, string> names = Tokenizer.Load(directory.Path).SpecialTokens;
        Assert.Equal(["eos_token", "pad_token"], names.Keys);
        Assert.Equal(("<|im_end|>", "[PAD]"), (names["eos_token"], names["pad_token"]));
    }

    [Fact]
    public void WithoutTheFileThereAreNoRoles()
    {
        using TemporaryDirectory directory = TinyTokenizer.Write(TinyTokenizer.Describe());
        Assert.Empty(Tokenizer.Load(directory.Path).SpecialTokens);
    }

    [Fact]
    public void TheOlderLayoutHasRolesToo()
    {
        using TemporaryDirectory directory = TokenizerFiles.Copy("vocab.json", "merges.txt", "tokenizer_config.json");
        var config = JsonNode.Parse(File.ReadAllText(directory.File("tokenizer_config.json")))!;
        Assert.Equal((string?)config["eos_token"], Tokenizer.Load(directory.Path).SpecialTokens["eos_token"]);
    }

    [Theory]
    [InlineData("""{"eos_token": 3}""", "eos_token: is not an object")]
    [InlineData("""{"eos_token": {}}""", "eos_token.content: is missing")]
    [InlineData("""{"eos_token": {"content": []}}""", "eos_token.content: is not a string")]
    [InlineData("[]", "is not an object")]
    [InlineData("{", "not valid JSON")]
    public void MalformedRolesAreNamed(string config, string message)
    {
        using TemporaryDirectory directory = WithConfig(config);
        var error = Assert.Throws<TokenizerException>(() => Tokenizer.Load(directory.Path));
        Assert.StartsWith($"tokenizer_config.json: {message}", error.Message, StringComparison.Ordinal);
    }

    private static TemporaryDirectory WithConfig(string config)
    {
        TemporaryDirectory directory = TinyTokenizer.Write(TinyTokenizer.Describe());
        File.WriteAllText(directory.File("tokenizer_config.json"), config);
        return directory;
    }
}
