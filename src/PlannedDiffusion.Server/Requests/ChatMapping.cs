using System.Text.Json;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Options;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Requests;

/// <summary>A chat body as requests of the engine.</summary>
internal static class ChatMapping
{
    /// <exception cref="ApiException">
    /// A field is missing, out of range, or asks for what the model cannot do.
    /// </exception>
    public static GenerationCall Of(ChatBody body, RequestOrigin origin, PlannedDiffusionServerOptions server)
    {
        Check(body, server);
        long? completion = SamplingMapping.Tokens(body.MaxCompletionTokens, "max_completion_tokens");
        long? tokens = SamplingMapping.Tokens(body.MaxTokens, "max_tokens");
        GenerationOptions options = SamplingMapping.Options(body, completion ?? tokens, server);
        bool streams = body.Stream ?? false;
        var request = new GenerationRequest
        {
            Messages = WireMessages.Of(body.Messages, server.IgnoreTools),
            Options = options,
            Plan = DecodingMapping.Plan(body.Planned, options),
            Priority = DecodingMapping.Priority(body.Planned),
            ShareKey = origin.ShareKey,
            Deadline = SamplingMapping.Deadline(streams, origin, server),
        };
        return new GenerationCall([.. SamplingMapping.Repeat(request, SamplingMapping.Choices(body.N))])
        {
            Streams = streams,
            IncludesUsage = body.StreamOptions?.IncludeUsage ?? false,
            IsExtended = body.Planned is not null,
            Shown = GenerationCall.ShownOf(body.Planned),
        };
    }

    private static void Check(ChatBody body, PlannedDiffusionServerOptions server)
    {
        SamplingMapping.Refuse(body.Logprobs == true, "logprobs");
        SamplingMapping.Refuse(body.TopLogprobs is > 0, "top_logprobs");
        SamplingMapping.Refuse(
            body.Modalities?.Any(kind => kind != "text") == true, "modalities", "the model writes text alone");
        CheckFormat(body.ResponseFormat);
        if (server.IgnoreTools) return;
        const string Calls = "the model calls no tools";
        SamplingMapping.Refuse(SamplingMapping.HasMembers(body.Tools), "tools", Calls);
        SamplingMapping.Refuse(SamplingMapping.HasMembers(body.Functions), "functions", Calls);
        SamplingMapping.Refuse(Demands(body.ToolChoice, "tool_choice"), "tool_choice", Calls);
        SamplingMapping.Refuse(Demands(body.FunctionCall, "function_call"), "function_call", Calls);
    }

    private static void CheckFormat(JsonElement format)
    {
        if (!SamplingMapping.HasMembers(format)) return;
        if (format.ValueKind != JsonValueKind.Object || !format.TryGetProperty("type", out JsonElement type))
            throw ApiException.Invalid("response_format", "response_format must be an object with a type.");
        SamplingMapping.Refuse(
            WireText.Of(type, "response_format.type") != "text", "response_format",
            "the model writes text; it keeps to no format");
    }

    /// <summary>True for a choice of tools that asks for a call.</summary>
    public static bool Demands(JsonElement choice, string place) => choice.ValueKind switch
    {
        JsonValueKind.String => WireText.Of(choice, place) is not ("none" or "auto"),
        _ => SamplingMapping.HasMembers(choice),
    };
}
