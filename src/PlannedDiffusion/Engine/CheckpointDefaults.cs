using System.Text.Json;

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

    private static readonly string[] Kinds = ["planned", "autoregressive", "diffusion"];
    private readonly Dictionary<string, string> _systemPrompts = [];

    /// <summary>The system message for a way of decoding; null if the checkpoint names none.</summary>
    public string? SystemPrompt(DecoderKind kind) => _systemPrompts.GetValueOrDefault(kind switch
    {
        DecoderKind.Autoregressive => "autoregressive",
        DecoderKind.Diffusion or DecoderKind.FastDllm => "diffusion",
        _ => "planned",
    });

    /// <summary>Reads a checkpoint folder.</summary>
    /// <exception cref="InvalidDataException">The file is malformed; the message names file and field.</exception>
    public static CheckpointDefaults Read(string directory)
    {
        string path = Path.Combine(directory, FileName);
        var defaults = new CheckpointDefaults();
        if (!File.Exists(path)) return defaults;
        try
        {
            using FileStream file = File.OpenRead(path);
            using JsonDocument document = JsonDocument.Parse(file);
            foreach (JsonProperty section in document.RootElement.EnumerateObject())
            {
                if (section.Name != "system_prompts") throw Malformed(path, section.Name, "is unknown");
                foreach (JsonProperty prompt in section.Value.EnumerateObject())
                {
                    string field = $"system_prompts.{prompt.Name}";
                    if (!Kinds.Contains(prompt.Name)) throw Malformed(path, field, "is unknown");
                    defaults._systemPrompts[prompt.Name] =
                        prompt.Value.GetString() ?? throw Malformed(path, field, "is null");
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }

        return defaults;
    }

    private static InvalidDataException Malformed(string path, string field, string problem) =>
        new($"{path}: {field} {problem}.");
}
