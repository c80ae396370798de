using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Server.Requests;

/// <summary>The prompt of a request as text, for a log that was asked to have it.</summary>
internal static class PromptText
{
    /// <summary>Roles and texts of a conversation, or the text or ids of a prompt.</summary>
    public static string Of(GenerationRequest request) => request switch
    {
        { Messages: { } messages } =>
            string.Join("\n", messages.Select(message => $"{message.Role}: {message.Content}")),
        { Prompt: { } text } => text,
        _ => string.Join(' ', request.PromptTokens ?? []),
    };
}
