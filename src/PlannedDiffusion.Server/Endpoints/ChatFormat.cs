using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Sse;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>The answers of <c>/v1/chat/completions</c>.</summary>
internal sealed class ChatFormat(GenerationCall call, WireIdentity identity) : AnswerFormat
{
    private const string Chunk = "chat.completion.chunk";

    /// <inheritdoc/>
    public override string Operation => "chat";

    /// <inheritdoc/>
    public override Task WriteAsync(HttpContext http, IReadOnlyList<GenerationResult> results)
    {
        var answer = new ChatAnswer(
            identity.Id, "chat.completion", identity.Created, identity.Model, identity.Fingerprint,
            [.. results.Select((result, i) => new ChatChoice(
                i, new ChatAnswerMessage(result.Text), ResultMapping.Reason(result)))],
            ResultMapping.Usage(call, results))
        {
            Planned = call.IsExtended ? ResultMapping.Planned(call, results) : null,
        };
        return JsonAnswer.WriteAsync(http, answer, WireJson.Own.ChatAnswer);
    }

    /// <inheritdoc/>
    public override void Begin(EventStream stream)
    {
        for (int i = 0; i < call.Choices.Count; i++)
            Send(stream, [new ChatChunkChoice(i, new ChatDelta { Role = "assistant", Content = "" }, null)]);
    }

    /// <inheritdoc/>
    public override void Text(EventStream stream, int choice, string text) =>
        Send(stream, [new ChatChunkChoice(choice, new ChatDelta { Content = text }, null)]);

    /// <inheritdoc/>
    public override void Planned(EventStream stream, PlannedEvent happened) => Send(stream, [], happened);

    /// <inheritdoc/>
    public override void End(EventStream stream, int choice, GenerationResult result) =>
        Send(stream, [new ChatChunkChoice(choice, new ChatDelta(), ResultMapping.Reason(result))]);

    /// <inheritdoc/>
    public override void Usage(EventStream stream, Usage usage) => Send(stream, [], usage: usage);

    private void Send(
        EventStream stream, IReadOnlyList<ChatChunkChoice> choices, PlannedEvent? planned = null, Usage? usage = null)
    {
        if (call.IncludesUsage)
        {
            var chunk = new ChatUsageChunk(
                identity.Id, Chunk, identity.Created, identity.Model, identity.Fingerprint, choices, usage)
            {
                Planned = planned,
            };
            stream.Data(chunk, WireJson.Own.ChatUsageChunk);
        }
        else
        {
            var chunk = new ChatChunk(
                identity.Id, Chunk, identity.Created, identity.Model, identity.Fingerprint, choices)
            {
                Planned = planned,
            };
            stream.Data(chunk, WireJson.Own.ChatChunk);
        }
    }
}
