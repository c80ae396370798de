using System.Text.Json;
using PlannedDiffusion.Files;
using PlannedDiffusion.Tokenization;
using PlannedDiffusion.Weights;

namespace PlannedDiffusion.Engine;

/// <summary>
/// The defaults of a checkpoint, from <c>planned_diffusion.json</c> in its folder: <c>{"system_prompts": {"planned":
/// "…", "autoregressive": "…", "diffusion": "…"}}</c>. A checkpoint that was trained with a different system message
/// for each way of decoding names them here. File and entries are optional.
/// </summary>
public sealed class CheckpointDefaults
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "planned_diffusion.json";

    private const int MaxBytes = 1 << 20;

    private static readonly string[] Kinds = ["planned", "autoregressive", "diffusion"];
    private readonly Dictionary<string, string> _systemPrompts = [];

    /// <summary>The system message for a way of decoding; null if the checkpoint has none.</summary>
    public string? SystemPrompt(DecodingOptions decoding) => _systemPrompts.GetValueOrDefault(decoding switch
    {
        AutoregressiveOptions => "autoregressive",
        DiffusionOptions or FastDllmOptions => "diffusion",
        _ => "planned",
    });

    /// <summary>
    /// A conversation with its system message. That is its own if it starts with one, else the given one, else the
    /// checkpoint's for this way of decoding. Without any of these the chat template decides.
    /// </summary>
    public IReadOnlyList<ChatMessage> Conversation(
        IReadOnlyList<ChatMessage> messages, string? systemPrompt, DecodingOptions decoding)
    {
        ArgumentNullException.ThrowIfNull(messages);
        for (int i = 0; i < messages.Count; i++) // with the caller's indices, before a message is inserted
        {
            string? missing = messages[i].Role is null ? "Role" : messages[i].Content is null ? "Content" : null;
            if (missing is not null)
                throw new ArgumentException($"messages[{i}].{missing} is null.", nameof(messages));
        }

        string? system = systemPrompt ?? SystemPrompt(decoding);
        return system is null || messages is [] or [{ Role: "system" }, ..]
            ? messages
            : [new ChatMessage("system", system), .. messages];
    }

    /// <summary>Reads a checkpoint folder.</summary>
    /// <exception cref="CheckpointException">
    /// The file cannot be read or is malformed. The message names file and field.
    /// </exception>
    public static CheckpointDefaults Read(string directory)
    {
        string path = Path.Combine(directory, FileName);
        var defaults = new CheckpointDefaults();
        if (!RegularFile.Exists(path)) return defaults;
        try
        {
            using JsonDocument document = StrictJson.Parse(RegularFile.ReadText(path, MaxBytes));
            defaults.Read(document.RootElement, path);
            return defaults;
        }
        catch (JsonException e)
        {
            throw new CheckpointException(path, $"not a valid JSON document: {MessageText.OneLine(e.Message)}", e);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not CheckpointException)
        {
            throw new CheckpointException(path, $"cannot be read: {e.Message}", e);
        }
    }

    private void Read(JsonElement root, string path)
    {
        foreach (JsonProperty section in Members(root, "the document"))
        {
            if (section.Name != "system_prompts") throw Malformed(section.Name, "is unknown");
            foreach (JsonProperty prompt in Members(section.Value, section.Name))
            {
                string field = $"system_prompts.{prompt.Name}";
                if (!Kinds.Contains(prompt.Name)) throw Malformed(field, "is unknown");
                if (prompt.Value.ValueKind == JsonValueKind.Null) throw Malformed(field, "is null");
                if (prompt.Value.ValueKind != JsonValueKind.String) throw Malformed(field, "is not a string");
                _systemPrompts[prompt.Name] = prompt.Value.GetString()!;
            }
        }

        JsonElement.ObjectEnumerator Members(JsonElement value, string field) =>
            value.ValueKind == JsonValueKind.Object
                ? value.EnumerateObject()
                : throw Malformed(field, "is not an object");

        CheckpointException Malformed(string field, string problem) =>
            new(path, $"{MessageText.OneLine(field)} {problem}");
    }
}
