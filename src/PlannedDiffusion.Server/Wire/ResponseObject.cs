namespace PlannedDiffusion.Server.Wire;

/// <summary>
/// An answer of <c>/v1/responses</c>, whole or on its way. Its status is <c>in_progress</c>, <c>completed</c>,
/// <c>incomplete</c> or <c>failed</c>.
/// </summary>
internal sealed record ResponseObject(string Id, long CreatedAt, string Model, string Status)
{
    public string Object { get; } = "response";

    public long? CompletedAt { get; init; }

    public bool Background { get; }

    public ResponseError? Error { get; init; }

    public ResponseIncomplete? IncompleteDetails { get; init; }

    public string? Instructions { get; init; }

    public long? MaxOutputTokens { get; init; }

    public IReadOnlyList<ResponseItem> Output { get; init; } = [];

    public bool ParallelToolCalls { get; }

    public string? PreviousResponseId { get; }

    public ResponseReasoning Reasoning { get; } = new();

    /// <summary>False: nothing is stored, whatever the request asked.</summary>
    public bool Store { get; }

    public float Temperature { get; init; }

    public ResponseText Text { get; } = new(new ResponseFormat("text"));

    public string ToolChoice { get; } = "none";

    public IReadOnlyList<string> Tools { get; } = [];

    public float TopP { get; init; }

    public string Truncation { get; } = "disabled";

    /// <summary>Null until the answer has ended.</summary>
    public ResponseUsage? Usage { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();
}

/// <summary>Why an answer failed.</summary>
internal sealed record ResponseError(string Code, string Message);

/// <summary>Why an answer is not whole.</summary>
internal sealed record ResponseIncomplete(string Reason);

/// <summary>Settings of reasoning: none.</summary>
internal sealed record ResponseReasoning
{
    public string? Effort { get; }

    public string? Summary { get; }
}

/// <summary>The form of the text.</summary>
internal sealed record ResponseText(ResponseFormat Format);

/// <summary>A form of text.</summary>
internal sealed record ResponseFormat(string Type);

/// <summary>The message of an answer.</summary>
internal sealed record ResponseItem(string Id, string Status, IReadOnlyList<ResponsePart> Content)
{
    public string Type { get; } = "message";

    public string Role { get; } = "assistant";
}

/// <summary>The text of a message.</summary>
internal sealed record ResponsePart(string Text)
{
    public string Type { get; } = "output_text";

    public IReadOnlyList<string> Annotations { get; } = [];

    public IReadOnlyList<string> Logprobs { get; } = [];
}

/// <summary>The numbers of tokens; those of plans are the reasoning.</summary>
internal sealed record ResponseUsage(
    int InputTokens, PromptTokensDetails InputTokensDetails, int OutputTokens,
    CompletionTokensDetails OutputTokensDetails, int TotalTokens);
