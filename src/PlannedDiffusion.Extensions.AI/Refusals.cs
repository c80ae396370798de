using Microsoft.Extensions.AI;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Extensions.AI;

/// <summary>Refuses options that the model cannot follow and that a caller relies on.</summary>
internal static class Refusals
{
    /// <exception cref="NotSupportedException">An option asks for what the model cannot do.</exception>
    /// <exception cref="ArgumentException">An option is outside its range, or names another model.</exception>
    public static void Check(ChatOptions options, PlannedDiffusionChatClientOptions client)
    {
        Refuse(options.ResponseFormat is ChatResponseFormatJson, nameof(options.ResponseFormat), "text is all");
        Refuse(options.FrequencyPenalty is not (null or 0), nameof(options.FrequencyPenalty), "there is no penalty");
        Refuse(options.PresencePenalty is not (null or 0), nameof(options.PresencePenalty), "there is no penalty");
        Refuse(options.ConversationId is not null, nameof(options.ConversationId), "no conversation is kept");
        if (!client.IgnoreTools)
        {
            bool tools = options.Tools is { Count: > 0 } && options.ToolMode is not NoneChatToolMode;
            Refuse(tools, nameof(options.Tools), "the model calls none (IgnoreTools answers without them)");
            Refuse(options.ToolMode is RequiredChatToolMode, nameof(options.ToolMode), "the model calls no tools");
        }

        if (options.MaxOutputTokens < 1)
            throw new ArgumentException(
                $"ChatOptions.MaxOutputTokens is {options.MaxOutputTokens}; it must be at least 1.", nameof(options));
        if (options.StopSequences?.Any(string.IsNullOrEmpty) == true)
            throw new ArgumentException("ChatOptions.StopSequences has an empty one.", nameof(options));
        if (options.StopSequences is { Count: > GenerationOptions.MaxStopStrings and int count })
            throw new ArgumentException(
                $"ChatOptions.StopSequences has {count}; the most are {GenerationOptions.MaxStopStrings}.",
                nameof(options));
        if (client.ModelId is { } model && options.ModelId is { } other && other != model)
            throw new ArgumentException($"ChatOptions.ModelId is {other}; this client has {model}.", nameof(options));
    }

    private static void Refuse(bool asked, string option, string reason)
    {
        if (asked) throw new NotSupportedException($"ChatOptions.{option} is not supported: {reason}.");
    }
}
