using System.Text;
using System.Text.Json;
using PlannedDiffusion.Files;
using PlannedDiffusion.Tokenization.Templates;

namespace PlannedDiffusion.Tokenization;

/// <summary>The text of a checkpoint's chat template, and where it comes from.</summary>
/// <param name="Text">The template.</param>
/// <param name="File">Name of its file.</param>
/// <param name="Field">Its field in that file; empty if the file is the template.</param>
internal sealed record ChatTemplateSource(string Text, string File, string Field)
{
    /// <summary>The system message of <see cref="ChatMl"/> for a conversation that does not start with one.</summary>
    public const string DefaultSystemPrompt = "You are a helpful assistant.";

    private const string DefaultName = "default";
    private const int LargestFile = 4 * Template.LongestSource;

    /// <summary>The template of a checkpoint that has none of its own.</summary>
    public static ChatTemplateSource ChatMl { get; } = new(
        "{% if messages[0].role != 'system' %}<|im_start|>system\n" + DefaultSystemPrompt + "<|im_end|>\n{% endif %}"
        + "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
        + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
        "ChatML", "");

    /// <summary>
    /// The template of a checkpoint folder, from the first of these that has one: <c>chat_template.jinja</c>,
    /// <c>chat_template.json</c>, <c>tokenizer_config.json</c>; or else ChatML.
    /// </summary>
    /// <exception cref="TokenizerException">A file cannot be read, or is not what its name says.</exception>
    public static ChatTemplateSource Find(string directory)
    {
        string alone = Path.Combine(directory, "chat_template.jinja");
        if (RegularFile.Exists(alone)) return new ChatTemplateSource(ReadText(alone), Path.GetFileName(alone), "");
        return FromJson(Path.Combine(directory, "chat_template.json"))
            ?? FromJson(Path.Combine(directory, "tokenizer_config.json"))
            ?? ChatMl;
    }

    private static ChatTemplateSource? FromJson(string path)
    {
        if (!RegularFile.Exists(path)) return null;
        using JsonDocument document = JsonField.Open(path);
        JsonField root = JsonField.Root(path, document);
        return root.Optional("chat_template") is { } field
            ? new ChatTemplateSource(field.IsText ? field.Text() : FromList(field), root.File, "chat_template")
            : null;
    }

    // Several named templates. The others are for conversations with tools, documents and so on.
    private static string FromList(JsonField list)
    {
        var names = new List<string>();
        foreach (JsonField item in list.Items())
        {
            string name = item.Member("name").Text();
            if (name == DefaultName) return item.Member("template").Text();
            names.Add(name);
        }

        throw list.Error($"has no template named {DefaultName}, only {names.Count} others");
    }

    private static string ReadText(string path)
    {
        string file = Path.GetFileName(path);
        try
        {
            ReadOnlyMemory<byte> text = RegularFile.ReadText(path, LargestFile);
            StrictJson.RequireUtf8(text.Span);
            return Encoding.UTF8.GetString(text.Span);
        }
        catch (JsonException e)
        {
            throw new TokenizerException(file, e.Message, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException(file, $"cannot be read: {e.Message}", e);
        }
    }
}
