using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Sse;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>The answers of <c>/v1/completions</c>.</summary>
internal sealed class CompletionFormat(GenerationCall call, WireIdentity identity) : AnswerFormat
{
    private const string Kind = "text_completion";

    /// <inheritdoc/>
    public override string Operation => "text_completion";

    /// <inheritdoc/>
    public override Task WriteAsync(HttpContext http, IReadOnlyList<GenerationResult> results)
    {
        var answer = new CompletionAnswer(
            identity.Id, Kind, identity.Created, identity.Model, identity.Fingerprint,
            [.. results.Select((result, i) => new CompletionChoice(i, result.Text, ResultMapping.Reason(result)))],
            ResultMapping.Usage(call, results))
        {
            Planned = call.IsExtended ? ResultMapping.Planned(call, results) : null,
        };
        return JsonAnswer.WriteAsync(http, answer, WireJson.Own.CompletionAnswer);
    }

    /// <inheritdoc/>
    public override void Begin(EventStream stream)
    {
        // Text alone has no role to begin with.
    }

    /// <inheritdoc/>
    public override void Text(EventStream stream, int choice, string text) =>
        Send(stream, [new CompletionChoice(choice, text, null)]);

    /// <inheritdoc/>
    public override void Planned(EventStream stream, PlannedEvent happened) => Send(stream, [], happened);

    /// <inheritdoc/>
    public override void End(EventStream stream, int choice, GenerationResult result) =>
        Send(stream, [new CompletionChoice(choice, "", ResultMapping.Reason(result))]);

    /// <inheritdoc/>
    public override void Usage(EventStream stream, Usage usage) => Send(stream, [], usage: usage);

    private void Send(
        EventStream stream, IReadOnlyList<CompletionChoice> choices, PlannedEvent? planned = null, Usage? usage = null)
    {
        if (call.IncludesUsage)
        {
            var piece = new CompletionUsageChunk(
                identity.Id, Kind, identity.Created, identity.Model, identity.Fingerprint, choices, usage)
            {
                Planned = planned,
            };
            stream.Data(piece, WireJson.Own.CompletionUsageChunk);
        }
        else
        {
            var piece = new CompletionChunk(
                identity.Id, Kind, identity.Created, identity.Model, identity.Fingerprint, choices)
            {
                Planned = planned,
            };
            stream.Data(piece, WireJson.Own.CompletionChunk);
        }
    }
}
