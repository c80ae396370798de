using System.Text.Json;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

/// <summary>Ids and text of another implementation, for both forms of tokenizer files.</summary>
[Trait("Category", "Golden")]
public sealed class TokenizerGoldenTests(ITestOutputHelper output)
{
    private const string OneFile = "tokenizer.json";
    private const string ThreeFiles = "vocab.json merges.txt tokenizer_config.json";

    [Theory]
    [InlineData(OneFile)]
    [InlineData(ThreeFiles)]
    public void TextsAndIdsConvertAsRecorded(string files)
    {
        Tokenizer tokenizer = Load(files);
        int cases = 0;
        foreach (JsonElement line in TokenizerFiles.ReadLines("cases.jsonl"))
        {
            string text = TokenizerFiles.Text(line.GetProperty("text"));
            int[] ids = TokenizerFiles.Ids(line.GetProperty("ids"));
            Assert.Equal(ids, tokenizer.EncodeTrusted(text));
            Assert.Equal(TokenizerFiles.Ids(line.GetProperty("plain_ids")), tokenizer.Encode(text));
            Assert.Equal(TokenizerFiles.Text(line.GetProperty("decoded")), tokenizer.Decode(ids));
            cases++;
        }

        Report(cases, files);
    }

    [Theory]
    [InlineData(OneFile)]
    [InlineData(ThreeFiles)]
    public void ConversationsHaveTheRecordedIds(string files)
    {
        // Three files have the template of tokenizer_config.json, one file uses ChatML. Both give the same.
        using TemporaryDirectory directory = TokenizerFiles.Copy(files.Split(' '));
        var template = ChatTemplate.Load(directory.Path, Tokenizer.Load(directory.Path));
        Assert.Equal(files == OneFile ? "ChatML" : "tokenizer_config.json", template.Origin);
        int cases = 0;
        foreach (JsonElement line in TokenizerFiles.ReadLines("chats.jsonl"))
        {
            ChatMessage[] messages = [.. line.GetProperty("messages").EnumerateArray().Select(Message)];
            Assert.Equal(TokenizerFiles.Ids(line.GetProperty("ids")), template.Encode(messages));
            cases++;
        }

        Report(cases, files);

        static ChatMessage Message(JsonElement message) => new(
            TokenizerFiles.Text(message.GetProperty("role")), TokenizerFiles.Text(message.GetProperty("content")));
    }

    private static Tokenizer Load(string files)
    {
        using TemporaryDirectory directory = TokenizerFiles.Copy(files.Split(' '));
        return Tokenizer.Load(directory.Path);
    }

    private void Report(int cases, string files)
    {
        Assert.True(cases > 0, $"No cases in {TokenizerFiles.Directory}.");
        output.WriteLine($"{cases} cases of {TokenizerFiles.Directory}, loaded from {files}");
    }
}
