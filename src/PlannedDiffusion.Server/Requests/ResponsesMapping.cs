using System.Text.Json;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.Server.Wire;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Server.Requests;

/// <summary>The body of <c>/v1/responses</c> as a request of the engine. The server remembers nothing.</summary>
internal static class ResponsesMapping
{
    private const string NoMemory = "the server keeps no answers; send the conversation as input";

    /// <exception cref="ApiException">A field is missing, out of range, or asks for the impossible.</exception>
    public static GenerationCall Of(ResponsesBody body, RequestOrigin origin, PlannedDiffusionServerOptions server)
    {
        Check(body, server);
        long? tokens = SamplingMapping.Tokens(body.MaxOutputTokens, "max_output_tokens");
        GenerationOptions options = SamplingMapping.Options(body, tokens, server);
        bool streams = body.Stream ?? false;
        return new GenerationCall(
        [
            new GenerationRequest
            {
                Messages = Messages(body, server.IgnoreTools),
                Options = options,
                Plan = DecodingMapping.Plan(body.Planned, options),
                Priority = DecodingMapping.Priority(body.Planned),
                ShareKey = origin.ShareKey,
                Deadline = SamplingMapping.Deadline(streams, origin, server),
            },
        ])
        {
            PromptField = "input",
            IncludesUsage = true, // the last event has it
            Streams = streams,
            IsExtended = body.Planned is not null,
        };
    }

    private static void Check(ResponsesBody body, PlannedDiffusionServerOptions server)
    {
        SamplingMapping.Refuse(body.PreviousResponseId is not null, "previous_response_id", NoMemory);
        SamplingMapping.Refuse(SamplingMapping.HasMembers(body.Conversation), "conversation", NoMemory);
        SamplingMapping.Refuse(SamplingMapping.HasMembers(body.Prompt), "prompt", NoMemory);
        SamplingMapping.Refuse(body.Background == true, "background", NoMemory);
        SamplingMapping.Refuse(body.TopLogprobs is > 0, "top_logprobs");
        CheckFormat(body.Text);
        if (server.IgnoreTools) return;
        const string Calls = "the model calls no tools";
        SamplingMapping.Refuse(SamplingMapping.HasMembers(body.Tools), "tools", Calls);
        SamplingMapping.Refuse(ChatMapping.Demands(body.ToolChoice, "tool_choice"), "tool_choice", Calls);
    }

    private static void CheckFormat(JsonElement text)
    {
        if (text.ValueKind != JsonValueKind.Object || !text.TryGetProperty("format", out JsonElement format)
            || !SamplingMapping.HasMembers(format))
            return;
        if (format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("type", out JsonElement type))
            throw ApiException.Invalid("text.format", "text.format must be an object with a type.");
        SamplingMapping.Refuse(
            WireText.Of(type, "text.format.type") != "text", "text.format",
            "the model writes text; it keeps to no format");
    }

    /// <summary>The instructions as a system message, then the items.</summary>
    private static List<ChatMessage> Messages(ResponsesBody body, bool ignoreTools)
    {
        List<ChatMessage> messages = [];
        if (!string.IsNullOrEmpty(body.Instructions)) messages.Add(new ChatMessage("system", body.Instructions));
        int before = messages.Count;
        switch (body.Input.ValueKind)
        {
            case JsonValueKind.String:
                messages.Add(new ChatMessage("user", WireText.Of(body.Input, "input")));
                break;
            case JsonValueKind.Array:
                int i = 0;
                foreach (JsonElement item in body.Input.EnumerateArray())
                {
                    if (Message(item, $"input[{i++}]", ignoreTools) is { } message) messages.Add(message);
                }

                break;
        }

        return messages.Count > before
            ? messages
            : throw ApiException.Invalid("input", "input must be a string, or a list with at least one message.");
    }

    /// <summary>
    /// The message of an item; null for one that clients send back and that says nothing to the model.
    /// </summary>
    private static ChatMessage? Message(JsonElement element, string place, bool ignoreTools)
    {
        ResponsesInputItem? item = null;
        try
        {
            item = element.Deserialize(WireJson.Own.ResponsesInputItem);
        }
        catch (JsonException)
        {
            // Named below.
        }

        if (item is null) throw ApiException.Invalid(place, $"{place} must be an item: an object.");
        switch (item.Type)
        {
            case null or "message":
                return new ChatMessage(
                    WireMessages.Role(item.Role, place), WireMessages.Text(item.Content, $"{place}.content"));
            case "reasoning":
                return null;
            case "item_reference":
                throw ApiException.Unsupported($"{place}.type", $"{place} is not supported: {NoMemory}.");
            default:
                if (ignoreTools) return null;
                throw ApiException.Unsupported(
                    $"{place}.type", $"{place} is a {item.Type}; the model reads messages alone.");
        }
    }
}
