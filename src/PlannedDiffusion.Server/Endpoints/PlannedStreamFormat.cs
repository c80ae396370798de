using System.Collections.Immutable;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Sse;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>
/// The answers of <c>/v1/planned/stream</c>: everything that happens, each kind of event with its name, numbered.
/// </summary>
internal sealed class PlannedStreamFormat(
    GenerationCall call, WireIdentity identity, PlannedDiffusionEngine engine) : AnswerFormat
{
    private readonly EventMapping _mapping = new(engine);
    private long _id;

    /// <inheritdoc/>
    public override string Operation => "planned";

    /// <summary>True: the place in the queue is the first event.</summary>
    public override bool BeginsInQueue => true;

    /// <inheritdoc/>
    public override Task WriteAsync(HttpContext http, IReadOnlyList<GenerationResult> results) =>
        throw new NotSupportedException("The answer is always streamed.");

    /// <inheritdoc/>
    public override void Begin(EventStream stream)
    {
        var queued = new QueuedEvent(identity.Id, identity.Model, Math.Max(0, engine.Status.Waiting - 1));
        Send(stream, "queued", queued, WireJson.Own.QueuedEvent);
    }

    /// <inheritdoc/>
    public override bool Tell(EventStream stream, GenerationEvent happened)
    {
        switch (happened)
        {
            case Started started:
                Send(
                    stream, "started", new StartedEvent(started.Queued.TotalMilliseconds),
                    WireJson.Own.StartedEvent);
                break;
            case PlanDelta delta:
                Send(
                    stream, "plan.delta", new PlanDeltaEvent(delta.Round, delta.Text, delta.Drafted),
                    WireJson.Own.PlanDeltaEvent);
                break;
            case PlanReady plan:
                Send(stream, "plan.ready", Ready(plan), WireJson.Own.PlanReadyEvent);
                break;
            case SpanProgress span:
                Reveal(stream, (span.Round, span.Span, span.Step), span.At, span.Tokens);
                break;
            case SpanCompleted span:
                Reveal(stream, (span.Round, span.Span, span.Step), span.At, span.Tokens);
                Send(
                    stream, "span.completed", new SpanCompletedEvent(span.Round, span.Span, span.Step, span.Text),
                    WireJson.Own.SpanCompletedEvent);
                break;
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Text(EventStream stream, int choice, string text) =>
        Send(stream, "text", new TextEvent(text), WireJson.Own.TextEvent);

    /// <inheritdoc/>
    public override void End(EventStream stream, int choice, GenerationResult result) =>
        Send(stream, "completed", CompletedMapping.Of(call, result), WireJson.Own.CompletedEvent);

    /// <inheritdoc/>
    public override void Close(EventStream stream)
    {
        // The last event is the end.
    }

    /// <inheritdoc/>
    public override void Fail(EventStream stream, ApiError error) =>
        Send(stream, "error", ErrorAnswer.Body(error), WireJson.Own.ErrorBody);

    private static PlanReadyEvent Ready(PlanReady plan) => new(
        plan.Round, [.. plan.Spans.Select(span => new PlannedSpanEvent(span.Topic, span.Length))], plan.PlannedSteps);

    private void Reveal(
        EventStream stream, (int Round, int Span, int Step) place, ImmutableArray<int> at, ImmutableArray<int> ids)
    {
        if (at.IsEmpty) return;
        var reveal = new SpanRevealEvent(place.Round, place.Span, place.Step, at, ids, _mapping.Texts(ids));
        Send(stream, "span.reveal", reveal, WireJson.Own.SpanRevealEvent);
    }

    private void Send<T>(EventStream stream, string name, T value, JsonTypeInfo<T> type) =>
        stream.Event(name, ++_id, value, type);
}
