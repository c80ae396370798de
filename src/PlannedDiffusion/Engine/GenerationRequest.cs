using System.Collections.Immutable;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>A promise of the caller's plan.</summary>
/// <param name="Topic">The topic of the span. Tags in it stay text.</param>
/// <param name="Length">The number of tokens of the span, at least 1.</param>
public sealed record PlanItem(string Topic, int Length);

/// <summary>A request. It has exactly one of these: messages, a prompt's text, or a prompt's tokens.</summary>
public sealed record GenerationRequest
{
    /// <summary>A conversation, in order. The chat template renders it.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>Text to continue without a template. Tags in it stay text.</summary>
    public string? Prompt { get; init; }

    /// <summary>Tokens to continue.</summary>
    public ImmutableArray<int>? PromptTokens { get; init; }

    /// <summary>
    /// The system message for a conversation that does not start with one; null for the checkpoint's, or else the
    /// template's default.
    /// </summary>
    public string? SystemPrompt { get; init; }

    /// <summary>A plan, which replaces the planning stage; for planned decoding only.</summary>
    public IReadOnlyList<PlanItem>? Plan { get; init; }

    /// <summary>How to decode.</summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>
    /// The time in which it must end, from the call on (for a stream that is enumerated again: from there on); null for
    /// any. A request that waits ends as soon as the time is over, one that runs at the end of a step, with a
    /// <see cref="RequestDeadlineException"/>.
    /// </summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>
    /// The seconds by which it counts as older than it is, in the queue and in steps: -3,600 to 3,600. The oldest
    /// request comes first, so that every request gets older than any priority in the end.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>
    /// Whom it belongs to, such as a tenant. While there are requests of several keys, each gets about as many rows of
    /// steps. Requests without a key belong together.
    /// </summary>
    public string? ShareKey { get; init; }

    /// <summary>A request with one message of a user.</summary>
    public static GenerationRequest FromUser(string text, GenerationOptions? options = null) => new()
    {
        Messages = [new ChatMessage("user", text)],
        Options = options ?? new GenerationOptions(),
    };
}
