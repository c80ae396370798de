using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Engine;

/// <summary>Ways to decode.</summary>
public enum DecoderKind
{
    /// <summary>Plan, then denoise all planned spans at once; they see each other if the checkpoint says so.</summary>
    Planned,

    /// <summary>As <see cref="Planned"/>, and no span of a round sees another.</summary>
    PlannedSparse,

    /// <summary>As <see cref="Planned"/>, and all spans of a round see each other.</summary>
    PlannedDense,

    /// <summary>One token after the other.</summary>
    Autoregressive,

    /// <summary>Plain diffusion over an answer of a fixed length, without a plan and without a cache.</summary>
    Diffusion,

    /// <summary>
    /// Diffusion in blocks with cached keys and values and a confidence threshold, as Fast-dLLM; the threshold is that
    /// of <see cref="GenerationOptions.Unmasking"/>, the preset's where it has none.
    /// </summary>
    FastDllm,
}

/// <summary>How to decode. Immutable; the defaults are greedy planned decoding.</summary>
public sealed record GenerationOptions
{
    /// <summary>The way to decode.</summary>
    public DecoderKind Decoder { get; init; } = DecoderKind.Planned;

    /// <summary>Largest length, prompt included; null for 1024, or less if the model or the runner has less.</summary>
    public int? MaxLength { get; init; }

    /// <summary>
    /// Most new tokens, tags of plans and spans included; null for as many as <see cref="MaxLength"/> allows. Plain
    /// diffusion and Fast-dLLM give exactly so many, 128 if null.
    /// </summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>0, or less than <see cref="SamplingParams.LeastTemperature"/>, for greedy decoding.</summary>
    public float Temperature { get; init; }

    /// <summary>Nucleus probability, above 0; 1 keeps everything.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Number of tokens kept; 0 keeps everything.</summary>
    public int TopK { get; init; }

    /// <summary>Fixes every draw.</summary>
    public ulong Seed { get; init; }

    /// <summary>What is not said otherwise by <see cref="Unmasking"/>.</summary>
    public Preset Preset { get; init; }

    /// <summary>Decides which tokens a denoise step reveals; null for what <see cref="Preset"/> says.</summary>
    public UnmaskPolicy? Unmasking { get; init; }

    /// <summary>Denoise steps per token of the largest span (plain diffusion: of the answer), in (0, 1].</summary>
    public double StepsRatio { get; init; } = 1;

    /// <summary>Fast-dLLM: tokens of a block.</summary>
    public int BlockLength { get; init; } = 32;

    /// <summary>Fast-dLLM: what is kept while a block is decoded.</summary>
    public BlockCache BlockCache { get; init; } = BlockCache.Dual;

    /// <summary>Tokens that a number in a plan stands for.</summary>
    public double LengthScale { get; init; } = 10;

    /// <summary>Tokens of a span whose promise has no number.</summary>
    public int DefaultSpanLength { get; init; } = 50;

    /// <summary>
    /// True if a plan without a promise, or a promise without a number, ends the request with a
    /// <see cref="PlanFormatException"/>.
    /// </summary>
    public bool StrictPlans { get; init; }

    /// <summary>What finished spans leave behind for later rounds.</summary>
    public KvCommit Commit { get; init; }

    /// <summary>Limits on one plan.</summary>
    public PlanLimits PlanLimits { get; init; } = new();

    /// <summary>Most rounds.</summary>
    public int MaxRounds { get; init; } = 16;

    /// <summary>Most tokens of one plan.</summary>
    public int MaxPlanTokens { get; init; } = 512;

    /// <summary>
    /// What the next tokens of a plan, or of an autoregressive answer, are guessed from; null for what suits the
    /// decoder: <see cref="Decoding.Drafts.PlanGrammar"/> where it plans, else nothing. Autoregressive decoding takes
    /// <see cref="Decoding.Drafts.PromptLookup"/> as well.
    /// <para>
    /// Guesses never change an answer. A pass that writes one token can verify up to seven guesses beside it: where
    /// they come true it writes as many tokens more, drawn as they would have been, and their passes are saved. A wrong
    /// guess costs its row in a pass that runs anyway: little where reading the weights bounds the pass, more on a CPU
    /// and among many requests. <see cref="DecodingPass.Drafted"/> and <see cref="DecodingPass.Kept"/> keep the score.
    /// On a GPU a request beside others answers within tolerance, as it does without guesses, and the host waits for
    /// each pass that may hold some.
    /// </para>
    /// </summary>
    public Drafts? Drafts { get; init; }

    /// <summary>
    /// Ablation: topics are taken out of a plan before its spans are denoised; only tags and numbers stay. See
    /// <see cref="PlannedDecoder.DropTopics"/>.
    /// </summary>
    public bool DropTopics { get; init; }

    /// <summary>
    /// Ablation: nothing waits for a sync; all promises of the answer become one round. See
    /// <see cref="PlannedDecoder.DropSyncs"/>.
    /// </summary>
    public bool DropSyncs { get; init; }

    /// <summary>Per round, tokens that replace what the model writes as its plan; to replay recorded plans.</summary>
    public ImmutableArray<ImmutableArray<int>> ForcedPlans { get; init; } = [];

    /// <summary>
    /// Per round, the denoise steps of its schedule, whatever <see cref="StepsRatio"/> asks for; to replay recorded
    /// plans. See <see cref="PlannedDecoder.ForcedSteps"/>.
    /// </summary>
    public ImmutableArray<int> ForcedSteps { get; init; } = [];

    /// <summary>
    /// Autoregressive decoding: true if no token ends the answer, which then gets as long as the limits let it; to
    /// measure answers of a given length.
    /// </summary>
    public bool IgnoreEnd { get; init; }

    /// <summary>True for the ways that plan.</summary>
    internal bool Plans => Decoder is DecoderKind.Planned or DecoderKind.PlannedSparse or DecoderKind.PlannedDense;

    /// <summary>True for the ways that fill an answer of a fixed length.</summary>
    internal bool FillsFixedLength => Decoder is DecoderKind.Diffusion or DecoderKind.FastDllm;

    /// <summary>The drafts of the decoder, where none are asked for.</summary>
    internal Drafts DraftsOrDefault => Drafts ?? (Plans ? Decoding.Drafts.PlanGrammar : Decoding.Drafts.None);

    internal SamplingParams Sampling => new(Temperature, TopP, TopK, Seed);

    /// <summary>Checks every field.</summary>
    /// <exception cref="ArgumentException">A field is outside its range; the message names both.</exception>
    public void Validate()
    {
        Require(Enum.IsDefined(Decoder), Decoder, "one of the decoder kinds");
        Require(MaxLength is null or >= 2, MaxLength, "at least 2");
        Require(MaxNewTokens is null or >= 1, MaxNewTokens, "at least 1");
        Require(Temperature >= 0 && float.IsFinite(Temperature), Temperature, "a finite number of at least 0");
        Require(TopP is > 0 and <= 1, TopP, "above 0 and at most 1");
        Require(TopK >= 0, TopK, "at least 0");
        Require(Enum.IsDefined(Preset), Preset, "one of the presets");
        Require(Unmasking is not ThresholdUnmasking { Threshold: not (>= 0 and <= 1) }, Unmasking,
            "a policy with a threshold of 0 to 1");
        Require(Unmasking is not CertainUnmasking { Threshold: not (> 0 and <= 1) }, Unmasking,
            "a policy with a threshold above 0 and at most 1");
        Require(Unmasking is not FactorUnmasking { Factor: not (> 0 and < float.PositiveInfinity) }, Unmasking,
            "a policy with a finite factor above 0");
        Require(Unmasking is null or { Epsilon: > 0 and < 1 }, Unmasking, "a policy whose epsilon is between 0 and 1");
        Require(StepsRatio is > 0 and <= 1, StepsRatio, "above 0 and at most 1");
        Require(BlockLength >= 1, BlockLength, "at least 1");
        Require(Enum.IsDefined(BlockCache), BlockCache, "one of the block caches");
        Require(LengthScale is > 0 and <= 1000, LengthScale, "above 0 and at most 1000");
        Require(DefaultSpanLength >= 1, DefaultSpanLength, "at least 1");
        Require(Enum.IsDefined(Commit), Commit, "one of the commit kinds");
        Require(PlanLimits is not null, PlanLimits, "limits");
        Require(PlanLimits!.Spans >= 1, PlanLimits.Spans, "at least 1");
        Require(PlanLimits.SpanTokens >= 1, PlanLimits.SpanTokens, "at least 1");
        Require(PlanLimits.ScaffoldTokens >= 3, PlanLimits.ScaffoldTokens, "at least 3: a token between its tags");
        Require(MaxRounds >= 1, MaxRounds, "at least 1");
        Require(MaxPlanTokens >= 1, MaxPlanTokens, "at least 1");
        Require(Drafts is null || Enum.IsDefined(Drafts.Value), Drafts, "one of the kinds of drafts");
        RequireFittingDrafts();
        Require(!ForcedPlans.IsDefault && !ForcedPlans.Any(plan => plan.IsDefault), ForcedPlans, "lists, not default");
        Require(!ForcedSteps.IsDefault, ForcedSteps, "a list, not default");
        int fewest = ForcedSteps.IsEmpty ? 1 : ForcedSteps.Min();
        Require(fewest >= 1, fewest, "at least 1 in each round", nameof(ForcedSteps));
    }

    private void RequireFittingDrafts()
    {
        bool fits = Drafts switch
        {
            null or Decoding.Drafts.None => true,
            Decoding.Drafts.PlanGrammar => Plans,
            _ => Decoder == DecoderKind.Autoregressive,
        };
        if (!fits) throw new ArgumentException($"Drafts is {Drafts}, but the decoder is {Decoder}.", nameof(Drafts));
    }

    private static void Require<T>(
        bool holds, T value, string range, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!holds) throw new ArgumentException($"{name} is {value?.ToString() ?? "null"}; it must be {range}.", name);
    }
}
