using System.Text.Json.Serialization;

namespace PlannedDiffusion.Server.Wire;

/// <summary>An answer of <c>/v1/chat/completions</c>.</summary>
internal sealed record ChatAnswer(
    string Id, string Object, long Created, string Model, string SystemFingerprint, IReadOnlyList<ChatChoice> Choices,
    Usage Usage)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PlannedAnswer>? Planned { get; init; }
}

/// <summary>One of the answers.</summary>
internal sealed record ChatChoice(int Index, ChatAnswerMessage Message, string FinishReason)
{
    public string? Logprobs { get; }
}

/// <summary>The message of an answer.</summary>
internal sealed record ChatAnswerMessage(string Content)
{
    public string Role { get; } = "assistant";

    public string? Refusal { get; }
}
