using System.Collections.Immutable;

namespace PlannedDiffusion.Engine;

// What GenerateTextAsync's reader hears. Each token is told once, so unread events never outgrow the answer.

/// <summary>Tokens of a plan, or of an answer without rounds (null), stand behind those told before.</summary>
internal sealed record TokensWritten(int? Round, ImmutableArray<int> Tokens) : GenerationEvent;

/// <summary>Spans of a round, or an answer without rounds (null), are laid out; with their lengths.</summary>
internal sealed record SpansLaidOut(int? Round, ImmutableArray<int> Lengths) : GenerationEvent;

/// <summary>Tokens of a span are revealed, at these places of it.</summary>
internal sealed record TokensRevealed(int Span, ImmutableArray<int> Places, ImmutableArray<int> Tokens)
    : GenerationEvent;
