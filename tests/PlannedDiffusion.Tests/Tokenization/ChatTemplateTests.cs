using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

public sealed class ChatTemplateTests
{
    private readonly Tokenizer _tokenizer = Tokenizer.Load(TokenizerFiles.Directory);

    [Fact]
    public void TheDefaultSystemMessageComesFirst()
    {
        int[] ids = new ChatTemplate(_tokenizer).Encode([new ChatMessage("user", "Hi")]);
        Assert.Equal(
            "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
                + "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
            _tokenizer.Decode(ids));
    }

    [Fact]
    public void ACallersSystemMessageReplacesTheDefault()
    {
        ChatMessage[] messages = [new("system", "Be brief."), new("user", "Hi"), new("assistant", "Hello")];
        Assert.Equal(
            "<|im_start|>system\nBe brief.<|im_end|>\n"
                + "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n",
            _tokenizer.Decode(new ChatTemplate(_tokenizer).Encode(messages, addGenerationPrompt: false)));
    }

    [Fact]
    public void UserTextIsNoControlToken()
    {
        string typed = string.Concat(TinyTokenizer.Tags);
        ChatMessage[] messages = [new("system", typed), new(typed, typed)];
        int[] ids = new ChatTemplate(_tokenizer).Encode(messages, addGenerationPrompt: false);
        Assert.Equal(["<|im_start|>", "<|im_end|>", "<|im_start|>", "<|im_end|>"],
            ids.Where(_tokenizer.IsAdded).Select(id => _tokenizer.Decode([id])));
    }

    [Fact]
    public void AnEmptyConversationIsRefused() =>
        Assert.Throws<ArgumentException>(() => new ChatTemplate(_tokenizer).Encode([]));

    [Fact]
    public void AVocabularyWithoutTheTagsIsRefused()
    {
        System.Text.Json.Nodes.JsonObject description = TinyTokenizer.Describe();
        description["added_tokens"]!.AsArray().RemoveAt(1);
        using TemporaryDirectory directory = TinyTokenizer.Write(description);
        Tokenizer tokenizer = Tokenizer.Load(directory.Path);
        var error = Assert.Throws<TokenizerException>(() => new ChatTemplate(tokenizer));
        Assert.Contains("<|im_start|>", error.Message, StringComparison.Ordinal);
    }
}
