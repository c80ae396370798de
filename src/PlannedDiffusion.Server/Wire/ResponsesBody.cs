using System.Text.Json;

namespace PlannedDiffusion.Server.Wire;

/// <summary>The body of <c>POST /v1/responses</c>: the fields that count. Others are ignored.</summary>
internal sealed record ResponsesBody : SamplingBody
{
    /// <summary>A string, or a list of items.</summary>
    public JsonElement Input { get; init; }

    public string? Instructions { get; init; }

    public long? MaxOutputTokens { get; init; }

    public string? PreviousResponseId { get; init; }

    public JsonElement Conversation { get; init; }

    /// <summary>A template of prompts, which a server without memory does not have.</summary>
    public JsonElement Prompt { get; init; }

    public bool? Background { get; init; }

    public JsonElement Text { get; init; }

    public JsonElement Tools { get; init; }

    public JsonElement ToolChoice { get; init; }

    public int? TopLogprobs { get; init; }
}

/// <summary>An item of the input: a message, unless its type says otherwise.</summary>
internal sealed record ResponsesInputItem
{
    public string? Type { get; init; }

    public string? Role { get; init; }

    /// <summary>A string, or a list of parts.</summary>
    public JsonElement Content { get; init; }
}
