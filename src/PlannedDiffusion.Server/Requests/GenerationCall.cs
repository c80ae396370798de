using PlannedDiffusion.Engine;
using PlannedDiffusion.Server.Wire;

namespace PlannedDiffusion.Server.Requests;

/// <summary>What a stream shows besides the text.</summary>
internal enum Shown
{
    Text,
    Plan,
    Spans,
}

/// <summary>A request of a client, as the engine takes it.</summary>
/// <param name="Choices">One request of the engine for each answer.</param>
internal sealed record GenerationCall(IReadOnlyList<GenerationRequest> Choices)
{
    /// <summary>The field of the body that has the prompt, for errors.</summary>
    public string PromptField { get; init; } = "messages";

    /// <summary>True to send the answer while it is made.</summary>
    public bool Streams { get; init; }

    /// <summary>True to end a stream with the usage.</summary>
    public bool IncludesUsage { get; init; }

    /// <summary>True if the body has our extension.</summary>
    public bool IsExtended { get; init; }

    /// <summary>What a stream shows besides the text.</summary>
    public Shown Shown { get; init; }

    /// <summary>The seed of the first answer; null for greedy answers, which need none.</summary>
    public long? Seed => Choices[0].Options is { Temperature: > 0, Seed: var seed } ? unchecked((long)seed) : null;

    /// <summary>What a stream shows, by the body's word.</summary>
    public static Shown ShownOf(PlannedBody? planned) => planned?.Stream switch
    {
        null => Shown.Text,
        "plan" => Shown.Plan,
        "spans" => Shown.Spans,
        _ => throw Errors.ApiException.Invalid("planned.stream", "planned.stream must be \"plan\" or \"spans\"."),
    };
}

/// <summary>Where a request comes from, beside its body.</summary>
/// <param name="ShareKey">The name of its key; null if there are no keys.</param>
/// <param name="Timeout">The time after which its client gives up; null if unknown.</param>
internal sealed record RequestOrigin(string? ShareKey, TimeSpan? Timeout);
