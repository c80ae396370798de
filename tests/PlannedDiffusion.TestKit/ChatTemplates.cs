using System.Text.Json;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.TestKit;

/// <summary>The recorded chat templates of <c>tests/templates</c>.</summary>
public static class ChatTemplates
{
    /// <summary>The names of the templates.</summary>
    public static readonly string[] Names =
        ["llama3.1.jinja", "llama3.jinja", "qwen2.5.jinja", "qwen2.jinja", "reasoning.jinja", "strict.jinja"];

    /// <summary>The text of a file.</summary>
    public static string Read(string name) => File.ReadAllText(Repository.PathTo("tests", "templates", name));

    /// <summary>A file of JSON.</summary>
    public static JsonElement ReadJson(string name) => JsonDocument.Parse(Read(name)).RootElement;

    /// <summary>The conversations, in their order.</summary>
    public static IReadOnlyList<ChatMessage[]> Conversations() =>
        [.. ReadJson("conversations.json").EnumerateArray().Select(conversation => conversation.EnumerateArray()
            .Select(message => new ChatMessage(
                message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!))
            .ToArray())];

    /// <summary>A folder with the tokenizer of the recorded cases and a template in its own file.</summary>
    public static TemporaryDirectory Folder(string template)
    {
        TemporaryDirectory folder = TokenizerFiles.Copy("tokenizer.json", "tokenizer_config.json");
        File.WriteAllText(folder.File("chat_template.jinja"), template);
        return folder;
    }

    /// <summary>A template with the tokenizer of the recorded cases.</summary>
    public static ChatTemplate Load(string template)
    {
        using TemporaryDirectory folder = Folder(template);
        return ChatTemplate.Load(folder.Path, Tokenizer.Load(folder.Path));
    }
}
