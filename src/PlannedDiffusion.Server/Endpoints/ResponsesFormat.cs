using System.Text;
using Microsoft.AspNetCore.Http;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Requests;
using PlannedDiffusion.Server.Sse;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Endpoints;

/// <summary>
/// The answers of <c>/v1/responses</c>. A stream has ten kinds of events, in a fixed order and numbered: the response
/// is created and in progress, its message and part begin, text, and all of them end again.
/// </summary>
internal sealed class ResponsesFormat(
    GenerationCall call, WireIdentity identity, string? instructions, long? maxOutputTokens, TimeProvider clock)
    : AnswerFormat
{
    private const string InProgress = "in_progress";
    private const string Completed = "completed";
    private const string Incomplete = "incomplete";

    private readonly string _item = identity.Id.Replace("resp", "msg", StringComparison.Ordinal);
    private readonly StringBuilder _text = new();
    private long _sequence;
    private bool _isOpen;
    private ResponseItem? _message;

    /// <inheritdoc/>
    public override string Operation => "responses";

    /// <inheritdoc/>
    public override Task WriteAsync(HttpContext http, IReadOnlyList<GenerationResult> results)
    {
        string status = StatusOf(ResultMapping.Reason(results[0]));
        ResponseObject response = Whole(Message(status, results[0].Text), ResultMapping.Usage(call, results));
        return JsonAnswer.WriteAsync(http, response, WireJson.Own.ResponseObject);
    }

    /// <inheritdoc/>
    public override void Begin(EventStream stream)
    {
        Send(stream, "response.created", happened => happened with { Response = Response(InProgress) });
        Send(stream, "response.in_progress", happened => happened with { Response = Response(InProgress) });
    }

    /// <inheritdoc/>
    public override void Text(EventStream stream, int choice, string text)
    {
        Open(stream);
        _text.Append(text);
        SendPart(stream, "response.output_text.delta", happened => happened with { Delta = text, Logprobs = [] });
    }

    /// <inheritdoc/>
    public override void End(EventStream stream, int choice, GenerationResult result)
    {
        Open(stream);
        string text = _text.ToString();
        _message = Message(StatusOf(ResultMapping.Reason(result)), text);
        SendPart(stream, "response.output_text.done", happened => happened with { Text = text, Logprobs = [] });
        SendPart(stream, "response.content_part.done", happened => happened with { Part = _message.Content[0] });
        Send(stream, "response.output_item.done", happened => happened with { OutputIndex = 0, Item = _message });
    }

    /// <inheritdoc/>
    public override void Usage(EventStream stream, Usage usage)
    {
        ResponseObject response = Whole(_message!, usage);
        Send(stream, $"response.{response.Status}", happened => happened with { Response = response });
    }

    /// <inheritdoc/>
    public override void Close(EventStream stream)
    {
        // The last event is the end.
    }

    /// <inheritdoc/>
    public override void Fail(EventStream stream, ApiError error)
    {
        ResponseObject failed = Response("failed") with
        {
            Error = new ResponseError(error.Code ?? "server_error", error.Message),
        };
        Send(stream, "response.failed", happened => happened with { Response = failed });
    }

    private static string StatusOf(string reason) => reason == "length" ? Incomplete : Completed;

    /// <summary>Begins the message, once there is something to put into it.</summary>
    private void Open(EventStream stream)
    {
        if (_isOpen) return;
        _isOpen = true;
        var item = new ResponseItem(_item, InProgress, []);
        Send(stream, "response.output_item.added", happened => happened with { OutputIndex = 0, Item = item });
        SendPart(
            stream, "response.content_part.added", happened => happened with { Part = new ResponsePart("") });
    }

    private ResponseItem Message(string status, string text) => new(_item, status, [new ResponsePart(text)]);

    private ResponseObject Response(string status) => new(identity.Id, identity.Created, identity.Model, status)
    {
        Instructions = instructions,
        MaxOutputTokens = maxOutputTokens,
        Temperature = call.Choices[0].Options.Temperature,
        TopP = call.Choices[0].Options.TopP,
    };

    private ResponseObject Whole(ResponseItem message, Usage usage) => Response(message.Status) with
    {
        CompletedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
        IncompleteDetails = message.Status == Incomplete ? new ResponseIncomplete("max_output_tokens") : null,
        Output = [message],
        Usage = new ResponseUsage(
            usage.PromptTokens, usage.PromptTokensDetails, usage.CompletionTokens, usage.CompletionTokensDetails,
            usage.TotalTokens),
    };

    private void SendPart(EventStream stream, string type, Func<ResponseEvent, ResponseEvent> fill) =>
        Send(stream, type, happened => fill(happened) with { ItemId = _item, OutputIndex = 0, ContentIndex = 0 });

    private void Send(EventStream stream, string type, Func<ResponseEvent, ResponseEvent> fill) =>
        stream.Event(type, null, fill(new ResponseEvent(type, _sequence++)), WireJson.Own.ResponseEvent);
}
