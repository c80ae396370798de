using System.Collections.Immutable;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>A promise of a plan that the caller brings.</summary>
/// <param name="Topic">What the span is about; text of the caller, tags in it stay text.</param>
/// <param name="Length">Tokens of the span, at least 1.</param>
public sealed record PlanItem(string Topic, int Length);

/// <summary>What to answer, given in exactly one way: messages, a prompt's text, or a prompt's tokens.</summary>
public sealed record GenerationRequest
{
    /// <summary>A conversation, in its order; put into the chat template.</summary>
    public IReadOnlyList<ChatMessage>? Messages { get; init; }

    /// <summary>Text that is continued as it stands, without a template; tags in it stay text.</summary>
    public string? Prompt { get; init; }

    /// <summary>Tokens that are continued as they stand.</summary>
    public ImmutableArray<int>? PromptTokens { get; init; }

    /// <summary>
    /// The system message for a conversation that does not start with one; null for the checkpoint's own, or else the
    /// template's default.
    /// </summary>
    public string? SystemPrompt { get; init; }

    /// <summary>A plan, which skips the planning stage; for planned decoding only.</summary>
    public IReadOnlyList<PlanItem>? Plan { get; init; }

    /// <summary>How to decode.</summary>
    public GenerationOptions Options { get; init; } = new();

    /// <summary>A request with one message of a user.</summary>
    public static GenerationRequest FromUser(string text, GenerationOptions? options = null) => new()
    {
        Messages = [new ChatMessage("user", text)],
        Options = options ?? new GenerationOptions(),
    };
}
