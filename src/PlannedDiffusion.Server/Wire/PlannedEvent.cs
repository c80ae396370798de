using System.Text.Json.Serialization;

namespace PlannedDiffusion.Server.Wire;

/// <summary>An event of decoding, in a chunk without choices.</summary>
/// <param name="Event"><c>started</c>, <c>plan.ready</c>, <c>span.reveal</c> or <c>span.completed</c>.</param>
internal sealed record PlannedEvent(string Event)
{
    /// <summary>The answer, if there are several.</summary>
    public int Index { get; init; }

    /// <summary>The seed of a sampled answer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Seed { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Round { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Span { get; init; }

    /// <summary>Denoise steps done in the round.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Step { get; init; }

    /// <summary>Denoise steps of the round's schedule.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Steps { get; init; }

    /// <summary>The spans of a plan.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<PlannedSpanEvent>? Spans { get; init; }

    /// <summary>Places in the span that are revealed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? At { get; init; }

    /// <summary>Their tokens.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Ids { get; init; }

    /// <summary>The text of each token; null where a token alone is no text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string?>? Text { get; init; }
}

/// <summary>A span of a plan.</summary>
internal sealed record PlannedSpanEvent(string Topic, int Length);

/// <summary>How an answer was decoded: a member of an unstreamed answer, for those who sent the extension.</summary>
internal sealed record PlannedAnswer(
    int Index, string Decoder, long? Seed, int Passes, IReadOnlyList<PlannedRound> Rounds);

/// <summary>A round of an answer.</summary>
internal sealed record PlannedRound(int Steps, IReadOnlyList<PlannedSpanText> Spans);

/// <summary>A span of an answer.</summary>
internal sealed record PlannedSpanText(string Topic, int Length, string Text);
