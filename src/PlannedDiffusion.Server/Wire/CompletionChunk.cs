using System.Text.Json.Serialization;

namespace PlannedDiffusion.Server.Wire;

/// <summary>A piece of a streamed answer of <c>/v1/completions</c>.</summary>
internal record CompletionChunk(
    string Id, string Object, long Created, string Model, string SystemFingerprint,
    IReadOnlyList<CompletionChoice> Choices)
{
    /// <summary>What our extension shows of a stream; absent in other pieces.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PlannedEvent? Planned { get; init; }
}

/// <summary>A piece for a client that asked for the usage: null in all pieces but the last.</summary>
internal sealed record CompletionUsageChunk(
    string Id, string Object, long Created, string Model, string SystemFingerprint,
    IReadOnlyList<CompletionChoice> Choices, [property: JsonPropertyOrder(1)] Usage? Usage)
    : CompletionChunk(Id, Object, Created, Model, SystemFingerprint, Choices);

/// <summary>One of the answers, or a piece of it.</summary>
internal sealed record CompletionChoice(int Index, string Text, string? FinishReason)
{
    public string? Logprobs { get; }
}
