using Microsoft.Extensions.AI;
using Turn = PlannedDiffusion.Tokenization.ChatMessage;

namespace PlannedDiffusion.Extensions.AI;

/// <summary>Messages as the engine's conversation: roles and text.</summary>
internal static class Conversation
{
    /// <summary>
    /// The messages with the instructions before them: as the first part of their system message if they begin with
    /// one, since templates expect one, else as a system message of its own.
    /// </summary>
    /// <exception cref="ArgumentException">A message is null, or has a role that the model does not know.</exception>
    /// <exception cref="NotSupportedException">A message has contents that are no text.</exception>
    public static IReadOnlyList<Turn> Of(IEnumerable<ChatMessage> messages, string? instructions)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var turns = new List<Turn>();
        foreach (ChatMessage message in messages)
        {
            if (message is null) throw new ArgumentException($"messages[{turns.Count}] is null.", nameof(messages));
            turns.Add(new Turn(Role(message.Role, turns.Count), Text(message, turns.Count)));
        }

        if (string.IsNullOrEmpty(instructions) || turns.Count == 0) return turns;
        if (turns[0] is { Role: "system", Content: var system })
            turns[0] = new Turn("system", system.Length == 0 ? instructions : $"{instructions}\n\n{system}");
        else turns.Insert(0, new Turn("system", instructions));
        return turns;
    }

    private static string Role(ChatRole role, int index) => role.Value.ToLowerInvariant() switch
    {
        "developer" => "system",
        "system" or "user" or "assistant" => role.Value.ToLowerInvariant(),
        _ => throw new ArgumentException(
            $"messages[{index}].Role is {role.Value}; the model knows system, developer, user and assistant.",
            "messages"),
    };

    private static string Text(ChatMessage message, int index)
    {
        for (int i = 0; i < message.Contents.Count; i++)
        {
            // A message that was put together from updates brings their usage with it.
            if (message.Contents[i] is not (TextContent or UsageContent))
                throw new NotSupportedException(
                    $"messages[{index}].Contents[{i}] is {message.Contents[i]?.GetType().Name ?? "null"}; "
                    + "the model reads text alone.");
        }

        return string.Concat(message.Contents.OfType<TextContent>().Select(content => content.Text));
    }
}
