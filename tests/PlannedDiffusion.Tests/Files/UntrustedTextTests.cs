using System.Text;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using PlannedDiffusion.Weights;
using Xunit;

namespace PlannedDiffusion.Tests.Files;

/// <summary>
/// All files of a checkpoint refuse invalid text alike, with a documented error that names file and line and has no
/// character that controls a terminal.
/// </summary>
public sealed class UntrustedTextTests
{
    private static readonly string[] Jsons =
    [
        "config.json", "generation_config.json", "tokenizer.json", "vocab.json", "tokenizer_config.json",
        "added_tokens.json", "special_tokens_map.json", "model.safetensors.index.json", "planned_diffusion.json",
    ];

    public static TheoryData<string, string, string> Broken => [.. from name in Jsons
        from content in new[]
        {
            ("{\n\"a\": \"\u00ff\"}", "line 2: not valid UTF-8"),
            ("{\n\n\"\u00ff\": 1}", "line 3: not valid UTF-8"),
            ("{\"a\": \"\\ud800\"}", "line 1: half of a surrogate pair"),
            ("{\n\"\\uDFFF\": 1}", "line 2: half of a surrogate pair"),
            ("{\"a\":\r\n[{\"b\": \"x\\uD83Dx\"}]}", "line 2: half of a surrogate pair"),
            ("{\n\"a\": \u001b[2J}", "line 2: '0x1B' is an invalid start of a value"),
            ("{\"\\u001b[2J\\u202e\": 1,\n\"\\u001b[2J\\u202e\": 1}", "\\u001b[2J\\u202e"),
            ("", "line 1: nothing, the file is empty"),
            (" \r\n\t", "line 1: nothing, the file is empty"),
        }
        select (name, content.Item1, content.Item2)];

    [Theory]
    [MemberData(nameof(Broken))]
    public void EveryJsonFileIsCheckedAlike(string name, string content, string message)
    {
        using TemporaryDirectory folder = Checkpoint(name);
        File.WriteAllBytes(folder.File(name), Encoding.Latin1.GetBytes(content));
        Exception error = Assert.ThrowsAny<Exception>(() => Read(folder.Path));
        Assert.True(error is TokenizerException or CheckpointException or ModelConfigException or SafetensorsException);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, c => char.IsControl(c) || c == '\u202e');
    }

    [Fact]
    public void MergesAreRefusedByLine()
    {
        using TemporaryDirectory folder = Checkpoint("vocab.json");
        File.WriteAllBytes(folder.File("merges.txt"), [.. "#version: 0.2\r\na b\r\n"u8, 0xC3, .. " b\r\n"u8]);
        var error = Assert.Throws<TokenizerException>(() => Read(folder.Path));
        Assert.Equal("merges.txt: line 3: not valid UTF-8", error.Message);
    }

    /// <summary>Values that a message quotes.</summary>
    [Theory]
    [InlineData("config.json", """{"model_type": "\u001b[2J"}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "\u001b[2J"}}""")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder": {"\u001b[2J": {}}}""")]
    [InlineData("added_tokens.json", """{"\u001b[2J": "x"}""")]
    [InlineData("generation_config.json", """{"eos_token_id": "\u001b[2J"}""")]
    [InlineData("planned_diffusion.json", """{"\u001b[2J": 1}""")]
    [InlineData("planned_diffusion.json", """{"system_prompts": {"\u001b[2J": 1}}""")]
    [InlineData("model.safetensors.index.json", """{"weight_map": {"a": "\u001b[2J"}}""")]
    public void QuotedTextInMessagesIsVisible(string name, string content)
    {
        using TemporaryDirectory folder = Checkpoint(name);
        File.WriteAllText(folder.File(name), content);
        Exception error = Assert.ThrowsAny<Exception>(() => Read(folder.Path));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains("\\u001b[2J", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    [Fact]
    public void MessagesAreBounded()
    {
        string name = new('x', 100_000);
        using TemporaryDirectory folder = Checkpoint("tokenizer.json");
        File.WriteAllText(folder.File("tokenizer.json"), $"{{\"model\": {{\"type\": \"{name}\", \"{name}\": 1}} }}");
        Assert.InRange(Assert.ThrowsAny<Exception>(() => Read(folder.Path)).Message.Length, 10, 5000);
        File.WriteAllText(folder.File("tokenizer.json"), TinyTokenizer.Describe().ToJsonString());
        File.WriteAllText(folder.File("added_tokens.json"), $$"""{"{{name}}": "x"}""");
        Assert.InRange(Assert.ThrowsAny<Exception>(() => Read(folder.Path)).Message.Length, 10, 5000);
    }

    private static TemporaryDirectory Checkpoint(string name)
    {
        TemporaryDirectory folder = name == "vocab.json"
            ? TokenizerFiles.Copy("vocab.json", "merges.txt")
            : TinyTokenizer.Write(TinyTokenizer.Describe());
        TinyModels.WriteTo(folder.Path, TinyModels.Config());
        if (name.StartsWith("model.", StringComparison.Ordinal)) File.Delete(folder.File("model.safetensors"));
        return folder;
    }

    private static void Read(string folder)
    {
        var tokenizer = Tokenizer.Load(folder);
        CheckpointDefaults.Read(folder);
        using ModelWeights weights = ModelWeights.Load(folder);
        StopTokens.Read(folder, tokenizer, weights.Config.VocabularySize);
    }
}
