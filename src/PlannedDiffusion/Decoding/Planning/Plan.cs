using System.Collections.Immutable;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding.Planning;

/// <summary>A span of a plan.</summary>
/// <param name="Topic">The positions of the promise's content, between its two tags, with its number.</param>
/// <param name="Number">The promise's number; null if it has none.</param>
/// <param name="Length">The number of tokens of the span, after scale and limits.</param>
internal readonly record struct PlannedSpan(TokenRange Topic, int? Number, int Length);

/// <summary>The content of a plan.</summary>
/// <param name="Spans">The spans in order.</param>
/// <param name="Cuts">The limits that removed or shortened spans.</param>
internal sealed record Plan(ImmutableArray<PlannedSpan> Spans, FinishReason Cuts);

/// <summary>The limits of one plan. The model is an untrusted planner.</summary>
public sealed record PlanLimits
{
    /// <summary>The most spans of a round.</summary>
    public int Spans { get; init; } = 64;

    /// <summary>The most tokens of a span, without its tags.</summary>
    public int SpanTokens { get; init; } = 1000;

    /// <summary>The most tokens of all spans of a round, with their tags.</summary>
    public int ScaffoldTokens { get; init; } = 2048;
}

/// <summary>A plan violates strict mode.</summary>
public sealed class PlanFormatException(string message) : FormatException(message);
