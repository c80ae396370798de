using System.Text.Json;
using PlannedDiffusion.TestKit;
using PlannedDiffusion.Tokenization;
using PlannedDiffusion.Tokenization.Templates;
using Xunit;

namespace PlannedDiffusion.Tests.Tokenization.Templates;

/// <summary>Results of other implementations of Jinja for the templates of <c>tests/templates</c>.</summary>
[Trait("Category", "Golden")]
public sealed class TemplateGoldenTests(ITestOutputHelper output)
{
    private readonly Tokenizer _tokenizer = Tokenizer.Load(TokenizerFiles.Directory);

    [Fact]
    public void ChatsAreRenderedAsRecorded()
    {
        Dictionary<string, ChatTemplate> templates =
            ChatTemplates.Names.ToDictionary(name => name, name => ChatTemplates.Load(ChatTemplates.Read(name)));
        IReadOnlyList<ChatMessage[]> conversations = ChatTemplates.Conversations();
        int texts = 0, refusals = 0;
        foreach (JsonElement chat in ChatTemplates.ReadJson("chats.json").GetProperty("chats").EnumerateArray())
        {
            ChatTemplate template = templates[chat.GetProperty("template").GetString()!];
            ChatMessage[] messages = conversations[chat.GetProperty("conversation").GetInt32()];
            bool prompt = chat.GetProperty("addGenerationPrompt").GetBoolean();
            if (chat.TryGetProperty("text", out JsonElement text))
            {
                Assert.Equal(text.GetString(), Text(template.Render(messages, prompt)));
                texts++;
                continue;
            }

            ArgumentException error = Assert.Throws<ArgumentException>(() => template.Render(messages, prompt));
            Assert.Contains(chat.GetProperty("error").GetString()!, error.Message, StringComparison.Ordinal);
            refusals++;
        }

        Assert.True(texts > 80 && refusals > 3);
        output.WriteLine($"{texts} texts, {refusals} refusals");
    }

    /// <summary>Without tags in the caller's text, the ids are those of the rendered text.</summary>
    [Fact]
    public void OrdinaryChatsHaveTheIdsOfTheirText()
    {
        int chats = 0;
        foreach (string name in ChatTemplates.Names)
        {
            ChatTemplate template = ChatTemplates.Load(ChatTemplates.Read(name));
            foreach (ChatMessage[] messages in ChatTemplates.Conversations())
            {
                if (messages.Any(message => message.Content.Contains("<|", StringComparison.Ordinal))) continue;
                try
                {
                    string text = Text(template.Render(messages, true));
                    Assert.Equal(_tokenizer.EncodeTrusted(text), template.Encode(messages));
                    chats++;
                }
                catch (ArgumentException) // the template refuses the conversation, as recorded
                {
                }
            }
        }

        Assert.True(chats > 40);
    }

    [Fact]
    public void SnippetsRenderAsInTransformers()
    {
        ChatMessage[] messages = ChatTemplates.Conversations()[1];
        int texts = 0, errors = 0;
        foreach (JsonElement snippet in ChatTemplates.ReadJson("snippets.json").EnumerateArray())
        {
            string source = snippet.GetProperty("source").GetString()!;
            // Text is appended, because a template that writes nothing is refused. A last line end of the template is
            // dropped.
            string open = source.EndsWith('\n') ? source[..^1].TrimEnd('\r') : source;
            ChatTemplate template = ChatTemplates.Load(open + "{{ '.' }}");
            if (snippet.TryGetProperty("text", out JsonElement text))
            {
                Assert.True(template.Problem is null, $"{source}: {template.Problem}");
                Assert.Equal((source, text.GetString() + "."), (source, Text(template.Render(messages, true))));
                texts++;
                continue;
            }

            Exception? error = Record.Exception(() => template.Render(messages, true));
            Assert.True(error is TokenizerException or ArgumentException, $"{source}: {error}");
            errors++;
        }

        Assert.True(texts > 80 && errors > 20);
        output.WriteLine($"{texts} texts, {errors} errors");
    }

    private static string Text(IEnumerable<TextPiece> pieces) => string.Concat(pieces.Select(piece => piece.Text));
}
