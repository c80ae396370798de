using Microsoft.Extensions.AI;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Extensions.AI;

/// <summary>Messages and options of a chat as a request of the engine.</summary>
/// <param name="Generation">The request.</param>
/// <param name="ModelId">The model's name in the response.</param>
internal sealed record ChatRequest(GenerationRequest Generation, string? ModelId)
{
    /// <summary>Maps a chat; refuses what the model cannot do.</summary>
    public static ChatRequest Of(
        IEnumerable<ChatMessage> messages, ChatOptions? options, PlannedDiffusionChatClientOptions defaults,
        IChatClient client)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (options is not null) Refusals.Check(options, defaults);
        object? raw = options?.RawRepresentationFactory?.Invoke(client);
        GenerationRequest request = raw as GenerationRequest ?? new GenerationRequest
        {
            Options = raw as GenerationOptions ?? defaults.Generation,
        };
        if (request is not { Messages: null, Prompt: null, PromptTokens: null })
            throw new ArgumentException(
                "RawRepresentationFactory gave a request with a prompt; the prompt is the messages.", nameof(options));
        bool given = raw is GenerationRequest or GenerationOptions;
        request = request with
        {
            Messages = Conversation.Of(messages, request.SystemPrompt is null ? options?.Instructions : null),
            Options = Fill(request.Options, given, options),
        };
        return new ChatRequest(request, options?.ModelId ?? defaults.ModelId);
    }

    /// <summary>The options of the answer.</summary>
    /// <param name="own">The caller's own, or else the client's.</param>
    /// <param name="given">True if they are the caller's: only what has its default there is filled.</param>
    /// <param name="asked">What to fill in.</param>
    private static GenerationOptions Fill(GenerationOptions own, bool given, ChatOptions? asked)
    {
        ArgumentNullException.ThrowIfNull(own, "Options");
        ulong? seed = asked?.Seed is { } number ? unchecked((ulong)number) : null;
        GenerationOptions filled = own with
        {
            Temperature = Choose(own.Temperature, asked?.Temperature, unset: 0),
            TopP = Choose(own.TopP, asked?.TopP, unset: 1),
            TopK = Choose(own.TopK, asked?.TopK, unset: 0),
            Seed = Choose(own.Seed, seed, unset: 0UL),
            MaxNewTokens = own.MaxNewTokens is null || !given
                ? asked?.MaxOutputTokens ?? own.MaxNewTokens
                : own.MaxNewTokens,
            StopStrings = asked?.StopSequences is { } stops && (!given || own.StopStrings.Count == 0)
                ? [.. stops]
                : own.StopStrings,
        };
        if (asked?.MaxOutputTokens is not null && filled.MaxLength is null)
            filled = filled with { MaxLength = int.MaxValue }; // asked for so many: the context alone bounds them
        return filled is { Temperature: > 0, Seed: 0 } && seed is null
            ? filled with { Seed = (ulong)Random.Shared.NextInt64(1, long.MaxValue) }
            : filled;

        T Choose<T>(T value, T? other, T unset)
            where T : struct =>
            other is { } chosen && (!given || EqualityComparer<T>.Default.Equals(value, unset)) ? chosen : value;
    }
}
