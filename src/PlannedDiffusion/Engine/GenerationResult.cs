using System.Collections.Immutable;
using PlannedDiffusion.Decoding;

namespace PlannedDiffusion.Engine;

/// <summary>An answer, and what it took.</summary>
public sealed record GenerationResult
{
    /// <summary>
    /// The answer as a reader should see it, made from the ids: plans, control tokens, special tokens and padding leave
    /// nothing behind, while other tokens that spell the same letters stay. An answer of a fixed length ends at its
    /// first stop token. Spans follow each other in the order of the tokens, apart by a blank where the model wrote no
    /// white space; one that begins with a digit starts a line. Trimmed at both ends. A character that is cut off at
    /// the end of the answer or of a span is dropped; bytes that are not UTF-8 elsewhere are U+FFFD. Empty if a limit
    /// ended the answer in its first plan.
    /// </summary>
    public required string Text { get; init; }

    /// <summary>
    /// The answer as the published implementation cleans it for its evaluation: by what tokens spell. In planned
    /// answers letters that spell a tag vanish, tags become blanks, and runs of blanks become one; in others tags
    /// that are not special tokens stay. To judge answers as published numbers do.
    /// </summary>
    public required string PublishedText { get; init; }

    /// <summary>All new tokens as text, with plans, tags and padding.</summary>
    public required string RawText { get; init; }

    /// <summary>All new tokens: plans, tags, spans.</summary>
    public required ImmutableArray<int> Tokens { get; init; }

    /// <summary>The rounds of planned decoding that had a plan.</summary>
    public required IReadOnlyList<RoundResult> Rounds { get; init; }

    /// <summary>Why the answer ended, and what was cut.</summary>
    public required FinishReason Finish { get; init; }

    /// <summary>Where the tokens went.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>The passes that followed one after the other, and the time they took.</summary>
    public required CriticalPath CriticalPath { get; init; }
}

/// <summary>One round: a plan and its spans.</summary>
/// <param name="PlannedSteps">Denoise steps that the schedule foresaw.</param>
/// <param name="Steps">Denoise steps done.</param>
/// <param name="Spans">The spans, in order.</param>
public sealed record RoundResult(int PlannedSteps, int Steps, IReadOnlyList<SpanResult> Spans);

/// <summary>One span.</summary>
/// <param name="Topic">What the plan says it is about.</param>
/// <param name="Length">Tokens that were laid out.</param>
/// <param name="CompletedAtStep">Denoise steps after which it was complete.</param>
/// <param name="Text">Its text, made from ids as <see cref="GenerationResult.Text"/>.</param>
public sealed record SpanResult(string Topic, int Length, int CompletedAtStep, string Text);

/// <summary>Where the tokens of a sequence went.</summary>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Plan">Tokens of plans, and sync tokens; not the tokens that ended a plan for good.</param>
/// <param name="Spans">Tokens of spans, tags included.</param>
/// <param name="Text">Tokens of an autoregressive or plain diffusion answer.</param>
public sealed record TokenUsage(int Prompt, int Plan, int Spans, int Text)
{
    /// <summary>All but the prompt.</summary>
    public int Generated => Plan + Spans + Text;
}

/// <summary>How long the chain of passes was that a request had to wait for.</summary>
public sealed record CriticalPath
{
    /// <summary>Every pass, in order, with the rows it computed for this request.</summary>
    public required ImmutableArray<DecodingPass> Passes { get; init; }

    /// <summary>
    /// Passes beside those of the path that were computed in vain: they were asked for before it was known that a plan,
    /// a round or the answer had ended. 0 on a runner that does not run ahead.
    /// </summary>
    public int SurplusPasses { get; init; }

    /// <summary>When each of them was under way.</summary>
    public required ImmutableArray<PassTime> Times { get; init; }

    /// <summary>Denoise steps of each round.</summary>
    public required ImmutableArray<int> DenoiseSteps { get; init; }

    /// <summary>New tokens per pass.</summary>
    public required double TokensPerPass { get; init; }

    /// <summary>Time until the engine let the request in: waiting for its thread, and for room.</summary>
    public required TimeSpan Queued { get; init; }

    /// <summary>Time behind the last pass: making the text of the answer.</summary>
    public required TimeSpan Finishing { get; init; }

    /// <summary>
    /// Sums up the wall-clock time by stage, host time and waiting before a pass included. Without
    /// <see cref="Queued"/> and <see cref="Finishing"/>.
    /// </summary>
    public IReadOnlyDictionary<DecodingStage, TimeSpan> Time() => Passes.Zip(Times).GroupBy(pass => pass.First.Stage)
        .ToDictionary(stage => stage.Key, stage => stage.Aggregate(TimeSpan.Zero, (sum, pass) =>
            sum + pass.Second.Host + pass.Second.Waiting + pass.Second.Duration));

    /// <summary>Rows computed in all passes.</summary>
    public long Rows => Passes.Sum(pass => (long)pass.Rows);

    /// <summary>Tokens guessed ahead, each a row of a pass: see <see cref="PlannedOptions.DraftPlans"/>.</summary>
    public int Drafted => Passes.Sum(pass => pass.Drafted);

    /// <summary>Passes that guesses saved.</summary>
    public int Kept => Passes.Sum(pass => pass.Kept);

    /// <summary>Passes of a stage.</summary>
    public int Count(DecodingStage stage) => Passes.Count(pass => pass.Stage == stage);
}
