using System.Text.Json;

namespace PlannedDiffusion.Server.Wire;

/// <summary>
/// The body of <c>POST /v1/chat/completions</c>: the fields that count. Others are ignored. A field that may have
/// several types is an element.
/// </summary>
internal sealed record ChatBody : SamplingBody
{
    public IReadOnlyList<MessageBody?>? Messages { get; init; }

    public long? MaxCompletionTokens { get; init; }

    public bool? Logprobs { get; init; }

    public int? TopLogprobs { get; init; }

    public JsonElement ResponseFormat { get; init; }

    public JsonElement Tools { get; init; }

    public JsonElement ToolChoice { get; init; }

    public JsonElement Functions { get; init; }

    public JsonElement FunctionCall { get; init; }

    public IReadOnlyList<string?>? Modalities { get; init; }
}

/// <summary>One message.</summary>
internal sealed record MessageBody
{
    public string? Role { get; init; }

    /// <summary>A string, a list of parts, or null.</summary>
    public JsonElement Content { get; init; }

    public JsonElement ToolCalls { get; init; }

    public JsonElement FunctionCall { get; init; }
}
