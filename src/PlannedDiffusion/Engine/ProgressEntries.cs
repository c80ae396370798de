using System.Collections.Immutable;
using System.Text;

namespace PlannedDiffusion.Engine;

// What the engine's thread tells a reader: ids, from which the reader's thread makes events and text. An entry grows
// until it is read.

/// <summary>A part of what happens to a request.</summary>
internal abstract class ProgressEntry;

/// <summary>The request has left the queue.</summary>
internal sealed class RequestStarted(TimeSpan queued) : ProgressEntry
{
    public TimeSpan Queued => queued;
}

/// <summary>Further tokens of a plan, or of an answer without rounds (null).</summary>
internal sealed class TokensWritten(int? round, bool isGiven) : ProgressEntry
{
    public int? Round => round;

    /// <summary>True if the caller gave the plan.</summary>
    public bool IsGiven => isGiven;

    public List<(int Id, bool IsDrafted)> Tokens { get; } = [];
}

/// <summary>The spans of a round, or the one of an answer without rounds (null).</summary>
internal sealed class SpansLaidOut(int? round, ImmutableArray<int> lengths) : ProgressEntry
{
    public int? Round => round;

    /// <summary>The tokens of each span.</summary>
    public ImmutableArray<int> Lengths => lengths;

    /// <summary>The promises of the spans.</summary>
    public ImmutableArray<Promise> Promises { get; init; } = [];

    public int PlannedSteps { get; init; }
}

/// <summary>A promise of a plan.</summary>
/// <param name="Topic">The tokens between its tags.</param>
/// <param name="Length">The length that it promises.</param>
internal readonly record struct Promise(ImmutableArray<int> Topic, int Length);

/// <summary>Tokens of a span that were revealed since the entry before.</summary>
internal sealed class TokensRevealed(int? round, int span, int length) : ProgressEntry
{
    public int? Round => round;

    public int Span => span;

    /// <summary>All tokens of the span.</summary>
    public int Length => length;

    /// <summary>The step of the last of these tokens.</summary>
    public int Step { get; set; }

    /// <summary>Tokens revealed so far.</summary>
    public int Revealed { get; set; }

    /// <summary>The new tokens, with their positions in the span.</summary>
    public List<(int At, int Id)> Tokens { get; } = [];
}

/// <summary>Text of a request with stop strings, which the engine's thread has to make.</summary>
internal sealed class TextFound : ProgressEntry
{
    public StringBuilder Text { get; } = new();
}

/// <summary>The answer is complete.</summary>
internal sealed class AnswerCompleted(FinishedAnswer answer) : ProgressEntry
{
    public FinishedAnswer Answer => answer;
}
