using System.Text.Json;
using PlannedDiffusion.Files;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>
/// What a checkpoint folder may say about its use, in <c>planned_diffusion.json</c>:
/// <c>{"system_prompts": {"planned": "…", "autoregressive": "…", "diffusion": "…"}}</c>. File and entries are optional;
/// a checkpoint that was trained with another system message per way of decoding names them here.
/// </summary>
public sealed class CheckpointDefaults
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "planned_diffusion.json";

    private const int MaxBytes = 1 << 20;

    private static readonly string[] Kinds = ["planned", "autoregressive", "diffusion"];
    private readonly Dictionary<string, string> _systemPrompts = [];

    /// <summary>The system message for a way of decoding; null if the checkpoint names none.</summary>
    public string? SystemPrompt(DecoderKind kind) => _systemPrompts.GetValueOrDefault(kind switch
    {
        DecoderKind.Autoregressive => "autoregressive",
        DecoderKind.Diffusion or DecoderKind.FastDllm => "diffusion",
        _ => "planned",
    });

    /// <summary>
    /// A conversation with its system message: its own, if it starts with one; or else the given one; or else the
    /// checkpoint's for this way of decoding. If there is none of these, the chat template decides.
    /// </summary>
    public IReadOnlyList<ChatMessage> Conversation(
        IReadOnlyList<ChatMessage> messages, string? systemPrompt, DecoderKind kind)
    {
        ArgumentNullException.ThrowIfNull(messages);
        string? system = systemPrompt ?? SystemPrompt(kind);
        return system is null || messages is [] or [{ Role: "system" }, ..]
            ? messages
            : [new ChatMessage("system", system), .. messages];
    }

    /// <summary>Reads a checkpoint folder.</summary>
    /// <exception cref="InvalidDataException">
    /// The file cannot be read or is malformed; the message names file and field.
    /// </exception>
    public static CheckpointDefaults Read(string directory)
    {
        string path = Path.Combine(directory, FileName);
        var defaults = new CheckpointDefaults();
        if (!RegularFile.Exists(path)) return defaults;
        try
        {
            using JsonDocument document = JsonDocument.Parse(
                RegularFile.ReadText(path, MaxBytes), StrictJson.Options);
            foreach (JsonProperty section in document.RootElement.EnumerateObject())
            {
                if (section.Name != "system_prompts")
                    throw Malformed(path, MessageText.OneLine(section.Name), "is unknown");
                foreach (JsonProperty prompt in section.Value.EnumerateObject())
                {
                    string field = $"system_prompts.{MessageText.OneLine(prompt.Name)}";
                    if (!Kinds.Contains(prompt.Name)) throw Malformed(path, field, "is unknown");
                    defaults._systemPrompts[prompt.Name] =
                        prompt.Value.GetString() ?? throw Malformed(path, field, "is null");
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: {MessageText.OneLine(error.Message)}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{path}: cannot be read: {error.Message}", error);
        }

        return defaults;
    }

    private static InvalidDataException Malformed(string path, string field, string problem) =>
        new($"{path}: {field} {problem}.");
}
