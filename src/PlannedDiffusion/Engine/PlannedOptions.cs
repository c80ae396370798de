using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Engine;

/// <summary>What the spans of a round see of each other while they are denoised.</summary>
public enum SpanVisibility
{
    /// <summary>As the checkpoint was trained.</summary>
    FromCheckpoint,

    /// <summary>Nothing: each span sees what stands before the round, and itself.</summary>
    Sparse,

    /// <summary>Everything.</summary>
    Dense,
}

/// <summary>Plan, then denoise all planned spans at once; again if the plan ended with a sync.</summary>
public sealed record PlannedOptions : DecodingOptions
{
    /// <summary>What the spans of a round see of each other.</summary>
    public SpanVisibility Visibility { get; init; }

    /// <summary>
    /// Decides which tokens a denoise step reveals; null for what <see cref="GenerationOptions.Preset"/> says.
    /// </summary>
    public UnmaskPolicy? Unmasking { get; init; }

    /// <summary>Denoise steps per token of the largest span, in (0, 1].</summary>
    public double StepsRatio { get; init; } = 1;

    /// <summary>Tokens that a number in a plan stands for, in (0, 1000].</summary>
    public double LengthScale { get; init; } = 10;

    /// <summary>Tokens of a span whose promise has no number.</summary>
    public int DefaultSpanLength { get; init; } = 50;

    /// <summary>
    /// True if a plan without a promise, or a promise without a number, ends the request with a
    /// <see cref="PlanFormatException"/>.
    /// </summary>
    public bool Strict { get; init; }

    /// <summary>What finished spans leave behind for later rounds.</summary>
    public KvCommit Commit { get; init; }

    /// <summary>Limits on one plan.</summary>
    public PlanLimits Limits { get; init; } = new();

    /// <summary>Most rounds.</summary>
    public int MaxRounds { get; init; } = 16;

    /// <summary>Most tokens of one plan.</summary>
    public int MaxPlanTokens { get; init; } = 512;

    /// <summary>
    /// True to guess the next tokens of a plan from its grammar and from the number of the promise before.
    /// <para>
    /// Guesses never change an answer. A pass that writes one token can verify up to seven guesses beside it: where
    /// they come true it writes as many tokens more, drawn as they would have been, and their passes are saved. A wrong
    /// guess costs its row in a pass that runs anyway: little where reading the weights bounds the pass, more on a CPU
    /// and among many requests. <see cref="DecodingPass.Drafted"/> and <see cref="DecodingPass.Kept"/> keep the score.
    /// On a GPU a request beside others answers within tolerance, as it does without guesses, and the host waits for
    /// each pass that may hold some.
    /// </para>
    /// </summary>
    public bool DraftPlans { get; init; } = true;

    /// <inheritdoc/>
    internal override string TelemetryName => Visibility switch
    {
        SpanVisibility.Sparse => "PlannedSparse",
        SpanVisibility.Dense => "PlannedDense",
        _ => "Planned",
    };

    /// <summary>True if the spans of a round see each other on a model.</summary>
    public bool IsDense(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Visibility == SpanVisibility.Dense
            || (Visibility == SpanVisibility.FromCheckpoint && config.DenseByDefault);
    }

    /// <inheritdoc/>
    internal override void Validate()
    {
        Require(Enum.IsDefined(Visibility), Visibility, "one of the kinds of visibility");
        RequireRanges(Unmasking);
        Require(StepsRatio is > 0 and <= 1, StepsRatio, "above 0 and at most 1");
        Require(LengthScale is > 0 and <= 1000, LengthScale, "above 0 and at most 1000");
        Require(DefaultSpanLength >= 1, DefaultSpanLength, "at least 1");
        Require(Enum.IsDefined(Commit), Commit, "one of the commit kinds");
        Require(Limits is not null, Limits, "limits");
        Require(Limits!.Spans >= 1, Limits.Spans, "at least 1");
        Require(Limits.SpanTokens >= 1, Limits.SpanTokens, "at least 1");
        Require(Limits.ScaffoldTokens >= 3, Limits.ScaffoldTokens, "at least 3: a token between its tags");
        Require(MaxRounds >= 1, MaxRounds, "at least 1");
        Require(MaxPlanTokens >= 1, MaxPlanTokens, "at least 1");
    }
}
