using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization;

/// <summary>The file of a checkpoint's chat template, and the effect of malformed ones.</summary>
public sealed class ChatTemplateFilesTests : IDisposable
{
    private static readonly ChatMessage[] Hi = [new("user", "Hi")];

    private readonly TemporaryDirectory _folder = TinyTokenizer.Write(TinyTokenizer.Describe());

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheDefaultIsChatMl()
    {
        AssertRenders("ChatML", "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
            + "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
        Write("tokenizer_config.json", """{"chat_template": null, "eos_token": "<|im_end|>"}""");
        Assert.Equal("ChatML", Load().Origin);
    }

    [Fact]
    public void TheTemplateFileComesFirstThenJsonThenTheConfiguration()
    {
        Write("tokenizer_config.json", """{"chat_template": "config {{ messages[0].content }}"}""");
        AssertRenders("tokenizer_config.json", "config Hi");
        Write("chat_template.json", """{"chat_template": "json {{ messages[0].content }}"}""");
        AssertRenders("chat_template.json", "json Hi");
        Write("chat_template.jinja", "\uFEFFjinja {{ messages[0].content }}\r\n");
        AssertRenders("chat_template.jinja", "jinja Hi");
    }

    [Fact]
    public void OfSeveralTemplatesTheDefaultIsTaken()
    {
        Write("tokenizer_config.json", """
            {"chat_template": [{"name": "tool_use", "template": "{% include 'x' %}"},
              {"name": "default", "template": "named {{ messages[0].content }}"}, {"name": "rag", "template": "r"}]}
            """);
        AssertRenders("tokenizer_config.json", "named Hi");
    }

    [Fact]
    public void TokensWithARoleAreVariables()
    {
        Write("tokenizer_config.json", """
            {"bos_token": null, "eos_token": "<|im_end|>", "mask_token": {"content": "<|mask|>"},
              "chat_template": "{{ eos_token ~ mask_token ~ bos_token }}{% if bos_token is defined %}!{% endif %}"}
            """);
        AssertRenders("tokenizer_config.json", "<|im_end|><|mask|>");
        Assert.Equal([302, 303], Load().Encode(Hi));
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"chat_template": 5}""", "chat_template: is not an array")]
    [InlineData("tokenizer_config.json", """{"chat_template": []}""", "no template named default")]
    [InlineData("tokenizer_config.json", """{"chat_template": [{"name": "a", "template": "b"}]}""", "named default")]
    [InlineData("tokenizer_config.json", """{"chat_template": [{"template": "b"}]}""", "chat_template[0].name")]
    [InlineData("tokenizer_config.json", """{"chat_template": "a\n{% b %}"}""", "chat_template, line 2: the")]
    [InlineData("chat_template.json", """{"chat_template": ["a"]}""", "chat_template[0]")]
    [InlineData("chat_template.json", "no JSON", "not valid JSON")]
    [InlineData("chat_template.jinja", "a\r\nb\r{{ c", "line 3: {{ has no }}")]
    [InlineData("chat_template.jinja", "version https://git-lfs.github.com/spec/v1\n", "pointer of Git LFS")]
    public void AMalformedTemplateRefusesChatsOnlyWithFileAndField(string file, string content, string words)
    {
        Write(file, content);
        ChatTemplate template = Load();
        Assert.StartsWith(file + ": ", template.Problem, StringComparison.Ordinal);
        Assert.Contains(words, template.Problem, StringComparison.Ordinal);
        Assert.Equal(template.Problem, Assert.Throws<TokenizerException>(() => template.Encode(Hi)).Message);
    }

    [Fact]
    public void BytesThatAreNotUtf8AreRefused()
    {
        File.WriteAllBytes(_folder.File("chat_template.jinja"), [0x61, 0xFF]);
        Assert.Equal("chat_template.jinja: line 1: not valid UTF-8", Load().Problem);
    }

    [Fact]
    public void NullInAConversationIsNamed()
    {
        ChatTemplate template = Load();
        Assert.Contains("messages[1].Content is null", Assert.Throws<ArgumentException>(
            () => template.Encode([new("user", "x"), new("user", null!)])).Message, StringComparison.Ordinal);
        Assert.Contains("messages[0].Role is null", Assert.Throws<ArgumentException>(
            () => template.Encode([default])).Message, StringComparison.Ordinal);
    }

    private void AssertRenders(string origin, string text)
    {
        ChatTemplate template = Load();
        Assert.Null(template.Problem);
        Assert.Equal((origin, text),
            (template.Origin, string.Concat(template.Render(Hi, true).Select(piece => piece.Text))));
    }

    private ChatTemplate Load() => ChatTemplate.Load(_folder.Path, Tokenizer.Load(_folder.Path));

    private void Write(string name, string content) => File.WriteAllText(_folder.File(name), content);
}
