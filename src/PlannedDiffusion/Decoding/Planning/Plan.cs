using System.Collections.Immutable;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Decoding.Planning;

/// <summary>A span that a plan promises.</summary>
/// <param name="Topic">Where the promise's content stands, between its two tags; its number included.</param>
/// <param name="Number">The number that the promise names; null if it names none.</param>
/// <param name="Length">Tokens to lay out, after scale and limits.</param>
public readonly record struct PlannedSpan(TokenRange Topic, int? Number, int Length);

/// <summary>What a plan asks for.</summary>
/// <param name="Spans">The spans in order.</param>
/// <param name="Cuts">Limits that made them fewer or shorter than the model wrote.</param>
public sealed record Plan(ImmutableArray<PlannedSpan> Spans, FinishReason Cuts);

/// <summary>Limits on what one plan may ask for: the model is an untrusted planner.</summary>
public sealed record PlanLimits
{
    /// <summary>Most spans of a round.</summary>
    public int Spans { get; init; } = 64;

    /// <summary>Most tokens of a span, without its tags.</summary>
    public int SpanTokens { get; init; } = 1000;

    /// <summary>Most tokens of all spans of a round, tags included.</summary>
    public int ScaffoldTokens { get; init; } = 2048;
}

/// <summary>A plan is not what strict mode demands.</summary>
public sealed class PlanFormatException(string message) : FormatException(message);
