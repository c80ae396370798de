using System.Text;
using System.Text.Json;
using PlannedDiffusion.Server.Errors;
using PlannedDiffusion.Server.Wire;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Server.Requests;

/// <summary>Messages on the wire as the engine's conversation: roles and text.</summary>
internal static class WireMessages
{
    /// <exception cref="ApiException">
    /// There is no message, or one has a role or contents that the model lacks.
    /// </exception>
    public static IReadOnlyList<ChatMessage> Of(IReadOnlyList<MessageBody?>? messages, bool ignoreTools)
    {
        if (messages is null or { Count: 0 })
            throw ApiException.Invalid("messages", "messages must be a list with at least one message.");
        var turns = new ChatMessage[messages.Count];
        for (int i = 0; i < turns.Length; i++)
        {
            string place = $"messages[{i}]";
            MessageBody message = messages[i] ?? throw ApiException.Invalid(place, $"{place} is null.");
            if (!ignoreTools)
            {
                SamplingMapping.Refuse(SamplingMapping.HasMembers(message.ToolCalls), $"{place}.tool_calls");
                SamplingMapping.Refuse(SamplingMapping.HasMembers(message.FunctionCall), $"{place}.function_call");
            }

            turns[i] = new ChatMessage(Role(message.Role, place), Text(message.Content, $"{place}.content"));
        }

        return turns;
    }

    /// <summary>The role of a message; a developer is what a system was before.</summary>
    public static string Role(string? role, string place) => role switch
    {
        "developer" => "system",
        "system" or "user" or "assistant" => role,
        null => throw ApiException.Invalid($"{place}.role", $"{place}.role is missing."),
        "tool" or "function" => throw ApiException.Unsupported(
            $"{place}.role", $"{place}.role is {role}; the model calls no tools."),
        _ => throw ApiException.Invalid(
            $"{place}.role", $"{place}.role must be developer, system, user or assistant."),
    };

    /// <summary>The text of a message: a string, or parts that are text, one behind the other; null is none.</summary>
    public static string Text(JsonElement content, string place)
    {
        switch (content.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return "";
            case JsonValueKind.String:
                return WireText.Of(content, place);
            case JsonValueKind.Array:
                var text = new StringBuilder();
                int i = 0;
                foreach (JsonElement part in content.EnumerateArray()) text.Append(Part(part, $"{place}[{i++}]"));
                return text.ToString();
            default:
                throw ApiException.Invalid(place, $"{place} must be a string, a list of parts, or null.");
        }
    }

    private static string Part(JsonElement part, string place)
    {
        if (part.ValueKind == JsonValueKind.String) return WireText.Of(part, place);
        if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out JsonElement type))
            throw ApiException.Invalid(place, $"{place} must be an object with a type.");
        string kind = WireText.Of(type, $"{place}.type");
        string member = kind == "refusal" ? "refusal" : "text";
        if (kind is not ("text" or "input_text" or "output_text" or "refusal"))
            throw ApiException.Unsupported($"{place}.type", $"{place} is no text; the model reads text alone.");
        part.TryGetProperty(member, out JsonElement text);
        return WireText.Of(text, $"{place}.{member}");
    }
}
