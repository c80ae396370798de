using System.Collections.Immutable;

namespace PlannedDiffusion.Engine;

// The events for the readers of GenerateTextAsync and GenerateSettledAsync. Each token is sent once, so unread events
// never outgrow the answer.

/// <summary>Further tokens of a plan, or of an answer without rounds (null).</summary>
internal sealed record TokensWritten(int? Round, ImmutableArray<int> Tokens) : GenerationEvent;

/// <summary>The spans of a round, or of an answer without rounds (null), with their lengths.</summary>
internal sealed record SpansLaidOut(int? Round, ImmutableArray<int> Lengths) : GenerationEvent;

/// <summary>Revealed tokens of a span, with their indices.</summary>
internal sealed record TokensRevealed(int Span, ImmutableArray<int> Places, ImmutableArray<int> Tokens)
    : GenerationEvent;
