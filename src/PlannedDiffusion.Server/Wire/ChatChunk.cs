using System.Text.Json.Serialization;

namespace PlannedDiffusion.Server.Wire;

/// <summary>A piece of a streamed answer of <c>/v1/chat/completions</c>.</summary>
internal record ChatChunk(
    string Id, string Object, long Created, string Model, string SystemFingerprint,
    IReadOnlyList<ChatChunkChoice> Choices)
{
    /// <summary>What our extension shows; absent in other chunks.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PlannedEvent? Planned { get; init; }
}

/// <summary>A piece for a client that asked for the usage: null in all pieces but the last.</summary>
internal sealed record ChatUsageChunk(
    string Id, string Object, long Created, string Model, string SystemFingerprint,
    IReadOnlyList<ChatChunkChoice> Choices, [property: JsonPropertyOrder(1)] Usage? Usage)
    : ChatChunk(Id, Object, Created, Model, SystemFingerprint, Choices);

/// <summary>A piece of one of the answers.</summary>
internal sealed record ChatChunkChoice(int Index, ChatDelta Delta, string? FinishReason)
{
    public string? Logprobs { get; }
}

/// <summary>What is new.</summary>
internal sealed record ChatDelta
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }
}
