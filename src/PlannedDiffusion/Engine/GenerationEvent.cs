using System.Collections.Immutable;
using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>An event while a request is decoded.</summary>
public abstract record GenerationEvent
{
    /// <summary>The placeholder of an unrevealed token in <see cref="SpanProgress.Text"/>.</summary>
    public const char Unrevealed = '░';

    private protected GenerationEvent()
    {
    }
}

/// <summary>
/// The request has left the queue; the first event of <see cref="PlannedDiffusionEngine.GenerateSettledAsync"/> with
/// reveals.
/// </summary>
/// <param name="Queued">How long it waited.</param>
public sealed record Started(TimeSpan Queued) : GenerationEvent;

/// <summary>Further text of an autoregressive answer.</summary>
/// <param name="Text">Text to append. All pieces together are <see cref="GenerationResult.Text"/>.</param>
public sealed record TextDelta(string Text) : GenerationEvent
{
    /// <summary>True if its token was guessed and came out as guessed: it cost no pass of its own.</summary>
    public bool Drafted { get; init; }
}

/// <summary>Further text of a plan, with its tags.</summary>
/// <param name="Round">0 for the first round.</param>
/// <param name="Text">Text to append.</param>
public sealed record PlanDelta(int Round, string Text) : GenerationEvent
{
    /// <summary>True if its token was guessed and came out as guessed: it cost no pass of its own.</summary>
    public bool Drafted { get; init; }
}

/// <summary>A plan is complete and its spans are laid out.</summary>
/// <param name="Round">0 for the first round.</param>
/// <param name="Spans">Topics and lengths, in order.</param>
/// <param name="PlannedSteps">The number of denoise steps of the schedule.</param>
public sealed record PlanReady(int Round, IReadOnlyList<PlanItem> Spans, int PlannedSteps) : GenerationEvent;

/// <summary>A denoise step has revealed tokens of a span. Plain diffusion is one span of one round.</summary>
/// <param name="Round">0 for the first round.</param>
/// <param name="Span">0 for the first span.</param>
/// <param name="Step">Denoise steps done in the round.</param>
/// <param name="Revealed">Tokens revealed so far.</param>
/// <param name="Length">Tokens of the span.</param>
/// <param name="Text">
/// The text of the span so far, with <see cref="GenerationEvent.Unrevealed"/> for each unrevealed token.
/// </param>
public sealed record SpanProgress(int Round, int Span, int Step, int Revealed, int Length, string Text)
    : GenerationEvent
{
    /// <summary>
    /// Positions in the span, from 0, that were revealed since the last event of the span that this reader got.
    /// </summary>
    public ImmutableArray<int> At { get; init; } = [];

    /// <summary>The tokens at these positions.</summary>
    public ImmutableArray<int> Tokens { get; init; } = [];
}

/// <summary>All tokens of a span are revealed.</summary>
/// <param name="Round">0 for the first round.</param>
/// <param name="Span">0 for the first span.</param>
/// <param name="Step">Denoise steps done in the round.</param>
/// <param name="Text">The span's text, as <see cref="SpanResult.Text"/>.</param>
public sealed record SpanCompleted(int Round, int Span, int Step, string Text) : GenerationEvent
{
    /// <summary>
    /// Positions in the span, from 0, that were revealed since the last event of the span that this reader got.
    /// </summary>
    public ImmutableArray<int> At { get; init; } = [];

    /// <summary>The tokens at these positions.</summary>
    public ImmutableArray<int> Tokens { get; init; } = [];
}

/// <summary>
/// More of the answer's text, certain and in order; from <see cref="PlannedDiffusionEngine.GenerateSettledAsync"/>.
/// </summary>
/// <param name="Text">
/// Text to append, never empty; all pieces together are <see cref="GenerationResult.Text"/>.
/// </param>
public sealed record TextSettled(string Text) : GenerationEvent;

/// <summary>The last event of a request.</summary>
/// <param name="Result">The result.</param>
public sealed record Completed(GenerationResult Result) : GenerationEvent;
