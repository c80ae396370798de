using System.Globalization;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>
/// The options that say how to decode: name, property, help, and how it is set. Every command takes its options from
/// here, and a refusal of a property finds here the option that was typed. Defaults are those of the library's records.
/// </summary>
internal static class KnobTable
{
    public static Knob Decoder { get; } = new WordKnob<DecoderName>(
        "--decoder", ["Decoding", "Decoding.Visibility"],
        (DecodingWords.Decoders, "How to decode: plan and spans as the checkpoint was trained, the same with " +
            "isolated spans or with spans that see each other, one token at a time, plain diffusion, or Fast-dLLM's " +
            "diffusion in blocks."),
        knobs => knobs.Decoder, (knobs, name) => knobs with { Decoder = name });

    public static Knob Preset { get; } = new WordKnob<Preset>(
        "--preset", ["Preset"],
        (DecodingWords.Presets, "The schedule in one word: as published, or fast, where a step reveals all that is " +
            "certain. What another option says goes first."),
        knobs => knobs.Common.Preset, (knobs, preset) => knobs.WithCommon(common => common with { Preset = preset }));

    public static Knob Policy { get; } = new WordKnob<string?>(
        "--policy", ["Decoding.Unmasking"],
        (DecodingWords.Policies, "How masks are chosen for revealing: as many a step as the schedule says, by one of " +
            "three measures (entropy, max-prob, margin); all that are certain, and never fewer than that, by one " +
            "threshold (certain) or by one that rises with their number (factor); or of those in the schedule only " +
            "what reaches a threshold. Without it: entropy, with --preset fast certain."),
        knobs => knobs.Policy.Name, (knobs, name) => knobs with { Policy = knobs.Policy with { Name = name } });

    public static Knob Threshold { get; } = new NumberKnob<float?>(
        "--threshold", ["Decoding.Unmasking.Threshold"],
        ("p", "Probability from which a token is certain, with --policy certain or --preset fast (without it, the " +
            "decoder's own); or that a further token of a step must reach, with --policy threshold " +
            $"({Text(new ThresholdUnmasking().Threshold)})."),
        knobs => knobs.Policy.Threshold,
        (knobs, value) => knobs with { Policy = knobs.Policy with { Threshold = value } });

    public static Knob Factor { get; } = new NumberKnob<float?>(
        "--factor", ["Decoding.Unmasking.Factor"],
        ("f", "With --policy factor: n tokens are revealed if (n + 1) times the doubt about the least certain of " +
            $"them is below it ({Text(new FactorUnmasking().Factor)})."),
        knobs => knobs.Policy.Factor, (knobs, value) => knobs with { Policy = knobs.Policy with { Factor = value } });

    public static Knob StepsRatio { get; } = new NumberKnob<double>(
        "--steps-ratio", ["Decoding.StepsRatio"],
        ("r", "Denoise steps per token of the largest span: 1 is careful, 0.25 fast."),
        knobs => knobs.Planned.StepsRatio, (knobs, ratio) => knobs.WithStepsRatio(ratio));

    public static Knob Drafts { get; } = new WordKnob<DraftKind?>(
        "--drafts", ["Decoding.DraftPlans", "Decoding.PromptLookup"],
        (DecodingWords.Drafts, "Tokens that are guessed ahead and checked in a pass that runs anyway, which saves " +
            "passes and changes no answer: by the grammar of plans, as planned, sparse and dense do without this " +
            "option, or by what followed the same three tokens before, for ar."),
        knobs => knobs.Drafts, (knobs, kind) => knobs with { Drafts = kind });

    public static Knob LengthScale { get; } = new NumberKnob<double>(
        "--length-scale", ["Decoding.LengthScale"], ("x", "Tokens that a number in a plan stands for."),
        knobs => knobs.Planned.LengthScale, (knobs, x) => knobs.WithPlans(plans => plans with { LengthScale = x }));

    public static Knob NoTopics { get; } = new FlagKnob(
        "--no-topics", ["Experiment.DropTopics"],
        "Ablation: take the topics out of a plan before its spans are denoised.",
        knobs => knobs.Ablation is { DropTopics: true },
        knobs => knobs with { Ablation = (knobs.Ablation ?? new ExperimentOptions()) with { DropTopics = true } });

    public static Knob NoSync { get; } = new FlagKnob(
        "--no-sync", ["Experiment.DropSyncs"],
        "Ablation: nothing waits for a sync; the spans of all rounds are denoised together.",
        knobs => knobs.Ablation is { DropSyncs: true },
        knobs => knobs with { Ablation = (knobs.Ablation ?? new ExperimentOptions()) with { DropSyncs = true } });

    public static Knob MaxLength { get; } = new NumberKnob<int?>(
        "--max-length", ["MaxLength", "MaxPositions", "MaxRowsPerStep"], // a runner is made for one request
        ("n", $"Most tokens, prompt included ({GenerationOptions.DefaultMaxLength}, or what the model has)."),
        knobs => knobs.Common.MaxLength, (knobs, n) => knobs.WithCommon(common => common with { MaxLength = n }));

    public static Knob MaxNewTokens { get; } = new NumberKnob<int?>(
        "--max-new-tokens", ["MaxNewTokens"],
        ("n", $"Most new tokens; diffusion writes exactly so many ({GenerationOptions.DefaultFixedLength})."),
        knobs => knobs.Common.MaxNewTokens, (knobs, n) => knobs.WithCommon(common => common with { MaxNewTokens = n }));

    /// <summary>Those that say how many steps a round takes.</summary>
    public static IReadOnlyList<Knob> Schedule { get; } = [Preset, Policy, Threshold, Factor, StepsRatio];

    /// <summary>Those that a grid does not vary.</summary>
    public static IReadOnlyList<Knob> Fixed { get; } =
    [
        new NumberKnob<int>(
            "--default-span-length", ["Decoding.DefaultSpanLength"],
            ("n", "Tokens of a span whose promise has no number."),
            knobs => knobs.Planned.DefaultSpanLength,
            (knobs, n) => knobs.WithPlans(plans => plans with { DefaultSpanLength = n })),
        new NumberKnob<float>(
            "--temperature", ["Temperature"], ("t", "0 takes the most likely token."),
            knobs => knobs.Common.Temperature,
            (knobs, t) => knobs.WithCommon(common => common with { Temperature = t })),
        new NumberKnob<float>(
            "--top-p", ["TopP"], ("p", "Nucleus probability; 1 keeps all."),
            knobs => knobs.Common.TopP, (knobs, p) => knobs.WithCommon(common => common with { TopP = p })),
        new NumberKnob<int>(
            "--top-k", ["TopK"], ("k", "Tokens kept; 0 keeps all."),
            knobs => knobs.Common.TopK, (knobs, k) => knobs.WithCommon(common => common with { TopK = k })),
        new NumberKnob<ulong>(
            "--seed", ["Seed"], ("n", "Fixes every draw."),
            knobs => knobs.Common.Seed, (knobs, n) => knobs.WithCommon(common => common with { Seed = n })),
        new NumberKnob<int>(
            "--block-length", ["Decoding.BlockLength"], ("n", "Tokens of a block, with --decoder fast-dllm."),
            knobs => knobs.FastDllm.BlockLength,
            (knobs, n) => knobs with { FastDllm = knobs.FastDllm with { BlockLength = n } }),
        new WordKnob<BlockCache>(
            "--block-cache", ["Decoding.Cache"],
            (DecodingWords.Caches, "Keys and values kept while a block is decoded: those before and behind it, or " +
                "before it."),
            knobs => knobs.FastDllm.Cache,
            (knobs, cache) => knobs with { FastDllm = knobs.FastDllm with { Cache = cache } }),
        MaxLength,
        MaxNewTokens,
        new WordKnob<KvCommit>(
            "--kv-commit", ["Decoding.Commit"],
            (DecodingWords.Commits, "What finished spans leave behind for later rounds: as published, or recomputed."),
            knobs => knobs.Planned.Commit, (knobs, commit) => knobs.WithPlans(plans => plans with { Commit = commit })),
        new FlagKnob(
            "--strict", ["Decoding.Strict"], "A plan that is not well formed is an error.",
            knobs => knobs.Planned.Strict, knobs => knobs.WithPlans(plans => plans with { Strict = true })),
        new NumberKnob<int>(
            "--max-spans", ["Decoding.Limits.Spans"], ("n", "Most spans of a plan."),
            knobs => knobs.Planned.Limits.Spans,
            (knobs, n) => knobs.WithLimits(limits => limits with { Spans = n })),
        new NumberKnob<int>(
            "--max-span-tokens", ["Decoding.Limits.SpanTokens"], ("n", "Most tokens of a span."),
            knobs => knobs.Planned.Limits.SpanTokens,
            (knobs, n) => knobs.WithLimits(limits => limits with { SpanTokens = n })),
        new NumberKnob<int>(
            "--max-scaffold-tokens", ["Decoding.Limits.ScaffoldTokens"],
            ("n", "Most tokens of all spans of a plan."),
            knobs => knobs.Planned.Limits.ScaffoldTokens,
            (knobs, n) => knobs.WithLimits(limits => limits with { ScaffoldTokens = n })),
        new NumberKnob<int>(
            "--max-rounds", ["Decoding.MaxRounds"], ("n", "Most rounds."),
            knobs => knobs.Planned.MaxRounds, (knobs, n) => knobs.WithPlans(plans => plans with { MaxRounds = n })),
        new NumberKnob<int>(
            "--max-plan-tokens", ["Decoding.MaxPlanTokens"], ("n", "Most tokens of one plan."),
            knobs => knobs.Planned.MaxPlanTokens,
            (knobs, n) => knobs.WithPlans(plans => plans with { MaxPlanTokens = n })),
    ];

    /// <summary>All but the way to decode.</summary>
    public static IReadOnlyList<Knob> Knobs { get; } =
        [.. Schedule, Drafts, LengthScale, NoTopics, NoSync, .. Fixed];

    /// <summary>All.</summary>
    public static IReadOnlyList<Knob> All { get; } = [Decoder, .. Knobs];

    /// <summary>The option that sets a property, by its path; null if none does.</summary>
    public static string? OptionOf(string property) =>
        All.FirstOrDefault(knob => knob.Properties.Contains(property))?.Option;

    private static string Text(float number) => number.ToString(CultureInfo.InvariantCulture);
}
