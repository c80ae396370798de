using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PlannedDiffusion.Server.Wire;

/// <summary>The JSON of all endpoints, without reflection.</summary>
[JsonSerializable(typeof(ChatAnswer))]
[JsonSerializable(typeof(ChatBody))]
[JsonSerializable(typeof(ChatChunk))]
[JsonSerializable(typeof(ChatUsageChunk))]
[JsonSerializable(typeof(CompletionAnswer))]
[JsonSerializable(typeof(CompletionBody))]
[JsonSerializable(typeof(CompletionChunk))]
[JsonSerializable(typeof(CompletionUsageChunk))]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(LoadAnswer))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelObject))]
[JsonSerializable(typeof(CompletedEvent))]
[JsonSerializable(typeof(PlanDeltaEvent))]
[JsonSerializable(typeof(PlanReadyEvent))]
[JsonSerializable(typeof(QueuedEvent))]
[JsonSerializable(typeof(ResponseEvent))]
[JsonSerializable(typeof(ResponseObject))]
[JsonSerializable(typeof(ResponsesBody))]
[JsonSerializable(typeof(ResponsesInputItem))]
[JsonSerializable(typeof(SpanCompletedEvent))]
[JsonSerializable(typeof(SpanRevealEvent))]
[JsonSerializable(typeof(StartedEvent))]
[JsonSerializable(typeof(TextEvent))]
internal sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>Names in snake case, and text without needless escapes: it is never part of HTML.</summary>
    public static WireJson Own { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.Strict,
    });
}
