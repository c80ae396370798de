using Microsoft.Extensions.AI;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Extensions.AI;

/// <summary>One answer: what all its updates have in common, and the last one has beside.</summary>
internal sealed class AnswerIdentity(ChatRequest request)
{
    private readonly string _responseId = $"response-{Guid.NewGuid():N}";
    private readonly string _messageId = $"message-{Guid.NewGuid():N}";
    private readonly DateTimeOffset _createdAt = DateTimeOffset.UtcNow;

    /// <summary>All of the answer.</summary>
    public ChatResponse Response(GenerationResult result)
    {
        var message = new ChatMessage(ChatRole.Assistant, result.Text)
        {
            MessageId = _messageId,
            CreatedAt = _createdAt,
            RawRepresentation = result,
            AdditionalProperties = Properties(),
        };
        return new ChatResponse(message)
        {
            ResponseId = _responseId,
            ModelId = request.ModelId,
            CreatedAt = _createdAt,
            FinishReason = Reason(result),
            Usage = Usage(result.Usage),
            RawRepresentation = result,
        };
    }

    /// <summary>An update with what an event settles; one of a plan or of a span has no contents.</summary>
    public ChatResponseUpdate Update(GenerationEvent happened) => new()
    {
        Role = ChatRole.Assistant,
        ResponseId = _responseId,
        MessageId = _messageId,
        ModelId = request.ModelId,
        CreatedAt = _createdAt,
        Contents = happened is TextSettled { Text: var text } ? [new TextContent(text)] : [],
        RawRepresentation = happened,
    };

    /// <summary>The last update, of the engine's last event.</summary>
    public ChatResponseUpdate LastUpdate(Completed completed) => new()
    {
        Role = ChatRole.Assistant,
        ResponseId = _responseId,
        MessageId = _messageId,
        ModelId = request.ModelId,
        CreatedAt = _createdAt,
        FinishReason = Reason(completed.Result),
        Contents = [new UsageContent(Usage(completed.Result.Usage))],
        RawRepresentation = completed,
        AdditionalProperties = Properties(),
    };

    /// <summary>
    /// A limit that cut the answer is its reason, unless a stop string ended it: then it has what the caller wanted.
    /// </summary>
    private static ChatFinishReason Reason(GenerationResult result) =>
        result.Finish == FinishReason.Completed || result.Finish.HasFlag(FinishReason.StopString)
            ? ChatFinishReason.Stop
            : ChatFinishReason.Length;

    private static UsageDetails Usage(TokenUsage usage) => new()
    {
        InputTokenCount = usage.Prompt,
        OutputTokenCount = usage.Generated,
        ReasoningTokenCount = usage.Plan,
        TotalTokenCount = usage.Prompt + (long)usage.Generated,
    };

    private AdditionalPropertiesDictionary? Properties() => request.Generation.Options.Temperature == 0
        ? null
        : new AdditionalPropertiesDictionary
        {
            [PlannedDiffusionChatClient.SeedProperty] = unchecked((long)request.Generation.Options.Seed),
        };
}
