using System.Collections.Immutable;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;

namespace PlannedDiffusion.Engine;

/// <summary>An answer, with its tokens, passes and times.</summary>
public sealed record GenerationResult
{
    /// <summary>
    /// The readable answer, made from the ids. Plans, control tokens, special tokens and padding vanish; other tokens
    /// that spell the same letters stay. An answer of a fixed length ends at its first stop token. Spans are in the
    /// order of the tokens. A blank separates them if the model wrote no white space; a span that begins with a digit
    /// starts a line. The text is trimmed at both ends. An incomplete character at the end of the answer or of a span
    /// is dropped; other bytes that are not UTF-8 become U+FFFD. Empty if a limit ended the answer in its first plan.
    /// </summary>
    public required string Text { get; init; }

    /// <summary>
    /// The answer as the published implementation cleans it for its evaluation, by the text of tokens. In planned
    /// answers letters that spell a tag vanish, tags become blanks, and runs of blanks become one. In other answers
    /// tags that are not special tokens stay. For comparisons with published numbers.
    /// </summary>
    public required string PublishedText { get; init; }

    /// <summary>All new tokens as text, with plans, tags and padding.</summary>
    public required string RawText { get; init; }

    /// <summary>All new tokens: plans, tags, spans.</summary>
    public required ImmutableArray<int> Tokens { get; init; }

    /// <summary>The rounds of planned decoding that had a plan.</summary>
    public required IReadOnlyList<RoundResult> Rounds { get; init; }

    /// <summary>
    /// How it was decoded: planned, autoregressive, diffusion or fast-dllm. With <see cref="AutoOptions"/> what it
    /// chose.
    /// </summary>
    public required string Decoder { get; init; }

    /// <summary>The reason why the answer ended, and everything that was cut.</summary>
    public required FinishReason Finish { get; init; }

    /// <summary>The numbers of tokens.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>The chain of passes, and its time.</summary>
    public required CriticalPath CriticalPath { get; init; }
}

/// <summary>One round: a plan and its spans.</summary>
/// <param name="PlannedSteps">The number of denoise steps of the schedule.</param>
/// <param name="Steps">Denoise steps done.</param>
/// <param name="Spans">The spans, in order.</param>
public sealed record RoundResult(int PlannedSteps, int Steps, IReadOnlyList<SpanResult> Spans);

/// <summary>One span.</summary>
/// <param name="Topic">Its topic in the plan.</param>
/// <param name="Length">The number of its tokens.</param>
/// <param name="CompletedAtStep">The number of denoise steps after which it was complete.</param>
/// <param name="Text">Its text, made from ids as <see cref="GenerationResult.Text"/>.</param>
public sealed record SpanResult(string Topic, int Length, int CompletedAtStep, string Text);

/// <summary>The numbers of tokens of a sequence.</summary>
/// <param name="Prompt">Tokens of the prompt.</param>
/// <param name="Plan">Tokens of plans, and sync tokens, without the tokens that ended the last plan.</param>
/// <param name="Spans">Tokens of spans, tags included.</param>
/// <param name="Text">Tokens of an autoregressive or plain diffusion answer.</param>
public sealed record TokenUsage(int Prompt, int Plan, int Spans, int Text)
{
    /// <summary>All but the prompt.</summary>
    public int Generated => Plan + Spans + Text;
}

/// <summary>The chain of passes of a request, which determines its time.</summary>
public sealed record CriticalPath
{
    /// <summary>Every pass, in order, with the rows it computed for this request.</summary>
    public required ImmutableArray<DecodingPass> Passes { get; init; }

    /// <summary>
    /// Number of surplus passes, which do not belong to the path. They were requested before it was known that a plan,
    /// a round or the answer had ended. 0 on a runner that does not run ahead.
    /// </summary>
    public int SurplusPasses { get; init; }

    /// <summary>The time of each pass.</summary>
    public required ImmutableArray<PassTime> Times { get; init; }

    /// <summary>Denoise steps of each round.</summary>
    public required ImmutableArray<int> DenoiseSteps { get; init; }

    /// <summary>New tokens per pass.</summary>
    public required double TokensPerPass { get; init; }

    /// <summary>Time until the engine admitted the request: it waited for the engine's thread and for room.</summary>
    public required TimeSpan Queued { get; init; }

    /// <summary>
    /// Time after the last pass: until the engine's thread has handed the answer over, and that in which the reader's
    /// thread makes its text. The time before the reader comes does not count.
    /// </summary>
    public required TimeSpan Finishing { get; init; }

    /// <summary>
    /// Sums up the wall-clock time by stage, with host time and waiting before a pass, and without <see cref="Queued"/>
    /// and <see cref="Finishing"/>.
    /// </summary>
    public IReadOnlyDictionary<DecodingStage, TimeSpan> Time() => Passes.Zip(Times).GroupBy(pass => pass.First.Stage)
        .ToDictionary(stage => stage.Key, stage => stage.Aggregate(TimeSpan.Zero, (sum, pass) =>
            sum + pass.Second.Host + pass.Second.Waiting + pass.Second.Duration));

    /// <summary>Rows computed in all passes.</summary>
    public long Rows => Passes.Sum(pass => (long)pass.Rows);

    /// <summary>
    /// Number of drafted tokens, each of which took a row of a pass; see <see cref="PlannedOptions.DraftPlans"/>.
    /// </summary>
    public int Drafted => Passes.Sum(pass => pass.Drafted);

    /// <summary>Number of passes that drafts saved.</summary>
    public int Kept => Passes.Sum(pass => pass.Kept);

    /// <summary>Passes of a stage.</summary>
    public int Count(DecodingStage stage) => Passes.Count(pass => pass.Stage == stage);
}
