using Microsoft.Extensions.AI;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Extensions.AI;

/// <summary>What a <see cref="PlannedDiffusionChatClient"/> does with all its requests.</summary>
public sealed record PlannedDiffusionChatClientOptions
{
    /// <summary>
    /// The model's name, in metadata and responses. A request for another one is refused. Null: the client has no name,
    /// and a response has the one that its request asked for.
    /// </summary>
    public string? ModelId { get; init; }

    /// <summary>How to answer where <see cref="ChatOptions"/> say nothing.</summary>
    public GenerationOptions Generation { get; init; } = new();

    /// <summary>
    /// True to answer requests that bring tools as if they brought none. Else they are refused: the model calls none.
    /// </summary>
    public bool IgnoreTools { get; init; }

    /// <summary>
    /// True if disposing the client disposes the engine, which ends the requests of all its clients.
    /// </summary>
    public bool OwnsEngine { get; init; }
}
