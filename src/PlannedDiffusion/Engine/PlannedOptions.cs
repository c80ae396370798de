using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Engine;

/// <summary>The visibility between the spans of a round while they are denoised.</summary>
public enum SpanVisibility
{
    /// <summary>As the checkpoint was trained.</summary>
    FromCheckpoint,

    /// <summary>Spans do not see each other: each sees the text before the round, and itself.</summary>
    Sparse,

    /// <summary>All spans of a round see each other.</summary>
    Dense,
}

/// <summary>
/// Planned decoding: writes a plan, then denoises all its spans at once, and repeats this if the plan ended with a
/// sync.
/// </summary>
public sealed record PlannedOptions : DecodingOptions
{
    /// <summary>The visibility between the spans of a round.</summary>
    public SpanVisibility Visibility { get; init; }

    /// <summary>
    /// Decides which tokens a denoise step reveals; null for the choice of <see cref="GenerationOptions.Preset"/>.
    /// </summary>
    public UnmaskPolicy? Unmasking { get; init; }

    /// <summary>Denoise steps per token of the largest span, in (0, 1].</summary>
    public double StepsRatio { get; init; } = 1;

    /// <summary>The number of tokens per unit of a number in a plan, in (0, 1000].</summary>
    public double LengthScale { get; init; } = 10;

    /// <summary>The number of tokens of a span whose promise has no number.</summary>
    public int DefaultSpanLength { get; init; } = 50;

    /// <summary>
    /// True if a plan without a promise, or a promise without a number, ends the request with a
    /// <see cref="PlanFormatException"/>.
    /// </summary>
    public bool Strict { get; init; }

    /// <summary>The keys and values that finished spans leave for later rounds.</summary>
    public KvCommit Commit { get; init; }

    /// <summary>Limits on one plan.</summary>
    public PlanLimits Limits { get; init; } = new();

    /// <summary>The most rounds.</summary>
    public int MaxRounds { get; init; } = 16;

    /// <summary>The most tokens of one plan.</summary>
    public int MaxPlanTokens { get; init; } = 512;

    /// <summary>
    /// True to draft the next tokens of a plan from its grammar and from the number of the previous promise.
    /// <para>
    /// Drafts never change an answer. A pass that writes one token can verify up to seven drafts: each accepted draft
    /// saves a pass, and its token is drawn as without drafts. A rejected draft costs its row in a pass that runs
    /// anyway. This is little where reading the weights bounds the pass, and more on a CPU or among many requests.
    /// <see cref="DecodingPass.Drafted"/> and <see cref="DecodingPass.Kept"/> count them. On a GPU, the answer of a
    /// request among others is equal within tolerance, as without drafts, and the host waits for each pass that may
    /// have drafts.
    /// </para>
    /// </summary>
    public bool DraftPlans { get; init; } = true;

    /// <inheritdoc/>
    public override string Name => "planned";

    /// <inheritdoc/>
    internal override string TelemetryName => Visibility switch
    {
        SpanVisibility.Sparse => "PlannedSparse",
        SpanVisibility.Dense => "PlannedDense",
        _ => "Planned",
    };

    /// <summary>True if, on this model, the spans of a round see each other.</summary>
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
