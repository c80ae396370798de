using System.Globalization;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>
/// The decoding options of all commands: name, property, help, and how the property is read and set. When the library
/// refuses a property, the table gives the option for the message. The library's records have the defaults.
/// </summary>
internal static class KnobTable
{
    public static Knob Decoder { get; } = new WordKnob<DecoderName>(
        "--decoder", ["Decoding", "Decoding.Visibility"],
        (DecodingWords.Decoders, "How to decode: planned, with spans as the checkpoint was trained; sparse or dense, " +
            "planned with isolated spans or with spans that see each other; ar, one token at a time; diffusion, " +
            "of the whole answer; fast-dllm, diffusion in blocks; or auto, " +
            "planned while few requests arrive, else ar."),
        knobs => knobs.Decoder, (knobs, name) => knobs with { Decoder = name });

    public static Knob Preset { get; } = new WordKnob<Preset>(
        "--preset", ["Preset"],
        (DecodingWords.Presets, "Preset of the schedule: published, or fast, where each step reveals all certain " +
            "tokens. Other options override it."),
        knobs => knobs.Common.Preset, (knobs, preset) => knobs.WithCommon(common => common with { Preset = preset }));

    public static Knob Policy { get; } = new WordKnob<string?>(
        "--policy", ["Decoding.Unmasking"],
        (DecodingWords.Policies, "Which masks a step reveals. entropy, max-prob, margin: the scheduled number, by " +
            "this measure. certain, factor: all that are certain, by a fixed threshold or by one that rises with " +
            "their number, but at least the scheduled number. threshold: of the scheduled number, those that reach " +
            "a threshold. The default is entropy; with --preset fast, certain."),
        knobs => knobs.Policy.Name, (knobs, name) => knobs with { Policy = knobs.Policy with { Name = name } });

    public static Knob Threshold { get; } = new NumberKnob<float?>(
        "--threshold", ["Decoding.Unmasking.Threshold"],
        ("p", "Probability that makes a token certain, with --policy certain or --preset fast (the default depends " +
            "on the decoder); or that all but the first token of a step must reach, with --policy threshold " +
            $"(default {Text(new ThresholdUnmasking().Threshold)})."),
        knobs => knobs.Policy.Threshold,
        (knobs, value) => knobs with { Policy = knobs.Policy with { Threshold = value } });

    public static Knob Factor { get; } = new NumberKnob<float?>(
        "--factor", ["Decoding.Unmasking.Factor"],
        ("f", "With --policy factor: a step reveals the n most certain tokens if (n + 1) times (1 - probability of " +
            $"the least certain one) is below it (default {Text(new FactorUnmasking().Factor)})."),
        knobs => knobs.Policy.Factor, (knobs, value) => knobs with { Policy = knobs.Policy with { Factor = value } });

    public static Knob StepsRatio { get; } = new NumberKnob<double>(
        "--steps-ratio", ["Decoding.StepsRatio"],
        ("r", "Denoise steps per token of the largest span: 1 is careful, 0.25 fast."),
        knobs => knobs.Planned.StepsRatio, (knobs, ratio) => knobs.WithStepsRatio(ratio));

    public static Knob Drafts { get; } = new WordKnob<DraftKind?>(
        "--drafts", ["Decoding.DraftPlans", "Decoding.PromptLookup"],
        (DecodingWords.Drafts, "Draft tokens ahead and verify them in a pass that runs anyway. This saves passes and " +
            "changes no answer. grammar: by the grammar of plans; the default of planned, sparse and dense. lookup: " +
            "by what followed the same three tokens before; for ar. none: no drafts."),
        knobs => knobs.Drafts, (knobs, kind) => knobs with { Drafts = kind });

    public static Knob LengthScale { get; } = new NumberKnob<double>(
        "--length-scale", ["Decoding.LengthScale"], ("x", "Tokens per unit of the span lengths that a plan names."),
        knobs => knobs.Planned.LengthScale, (knobs, x) => knobs.WithPlans(plans => plans with { LengthScale = x }));

    public static Knob NoTopics { get; } = new FlagKnob(
        "--no-topics", ["Experiment.DropTopics"],
        "Ablation: remove the topics from a plan before its spans are denoised.",
        knobs => knobs.Ablation is { DropTopics: true },
        knobs => knobs with { Ablation = (knobs.Ablation ?? new ExperimentOptions()) with { DropTopics = true } });

    public static Knob NoSync { get; } = new FlagKnob(
        "--no-sync", ["Experiment.DropSyncs"],
        "Ablation: ignore syncs, and denoise the spans of all rounds together.",
        knobs => knobs.Ablation is { DropSyncs: true },
        knobs => knobs with { Ablation = (knobs.Ablation ?? new ExperimentOptions()) with { DropSyncs = true } });

    public static Knob MaxLength { get; } = new NumberKnob<int?>(
        "--max-length", ["MaxLength", "MaxPositions", "MaxRowsPerStep"], // the runner is sized for one request
        ("n", $"Most tokens, prompt included (default {GenerationOptions.DefaultMaxLength} or the model's limit)."),
        knobs => knobs.Common.MaxLength, (knobs, n) => knobs.WithCommon(common => common with { MaxLength = n }));

    public static Knob MaxNewTokens { get; } = new NumberKnob<int?>(
        "--max-new-tokens", ["MaxNewTokens"],
        ("n", $"Most new tokens. Diffusion writes exactly this many (default {GenerationOptions.DefaultFixedLength})."),
        knobs => knobs.Common.MaxNewTokens, (knobs, n) => knobs.WithCommon(common => common with { MaxNewTokens = n }));

    public static Knob MostArrivals { get; } = new NumberKnob<int?>(
        "--most-arrivals", ["Decoding.MostArrivals"],
        ("n", "With --decoder auto: plan while fewer requests than this arrived in ten seconds. The default is what " +
            "was simulated for the device and the model; without that, ar."),
        knobs => knobs.MostArrivals, (knobs, n) => knobs with { MostArrivals = n });

    /// <summary>The knobs that set the denoise steps of a round.</summary>
    public static IReadOnlyList<Knob> Schedule { get; } = [Preset, Policy, Threshold, Factor, StepsRatio];

    /// <summary>The knobs that a grid of <c>pd eval</c> does not vary.</summary>
    public static IReadOnlyList<Knob> Fixed { get; } =
    [
        new NumberKnob<int>(
            "--default-span-length", ["Decoding.DefaultSpanLength"],
            ("n", "Length of a span whose promise has none, in tokens."),
            knobs => knobs.Planned.DefaultSpanLength,
            (knobs, n) => knobs.WithPlans(plans => plans with { DefaultSpanLength = n })),
        new NumberKnob<float>(
            "--temperature", ["Temperature"], ("t", "Sampling temperature; 0 takes the most likely token."),
            knobs => knobs.Common.Temperature,
            (knobs, t) => knobs.WithCommon(common => common with { Temperature = t })),
        new NumberKnob<float>(
            "--top-p", ["TopP"], ("p", "Probability mass of the most likely tokens that are kept; 1 keeps all."),
            knobs => knobs.Common.TopP, (knobs, p) => knobs.WithCommon(common => common with { TopP = p })),
        new NumberKnob<int>(
            "--top-k", ["TopK"], ("k", "Number of the most likely tokens that are kept; 0 keeps all."),
            knobs => knobs.Common.TopK, (knobs, k) => knobs.WithCommon(common => common with { TopK = k })),
        new NumberKnob<ulong>(
            "--seed", ["Seed"], ("n", "Seed of sampling."),
            knobs => knobs.Common.Seed, (knobs, n) => knobs.WithCommon(common => common with { Seed = n })),
        new NumberKnob<int>(
            "--block-length", ["Decoding.BlockLength"], ("n", "Tokens of a block, with --decoder fast-dllm."),
            knobs => knobs.FastDllm.BlockLength,
            (knobs, n) => knobs with { FastDllm = knobs.FastDllm with { BlockLength = n } }),
        new WordKnob<BlockCache>(
            "--block-cache", ["Decoding.Cache"],
            (DecodingWords.Caches, "Keys and values that are cached while a block is decoded. dual: those before and " +
                "behind it. prefix: those before it."),
            knobs => knobs.FastDllm.Cache,
            (knobs, cache) => knobs with { FastDllm = knobs.FastDllm with { Cache = cache } }),
        MaxLength,
        MaxNewTokens,
        new WordKnob<KvCommit>(
            "--kv-commit", ["Decoding.Commit"],
            (DecodingWords.Commits, "Keys and values of finished spans for later rounds: as published, or recomputed."),
            knobs => knobs.Planned.Commit, (knobs, commit) => knobs.WithPlans(plans => plans with { Commit = commit })),
        new FlagKnob(
            "--strict", ["Decoding.Strict"], "Fail if a plan is malformed.",
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

    /// <summary>All knobs but the decoder.</summary>
    public static IReadOnlyList<Knob> Knobs { get; } =
        [.. Schedule, Drafts, LengthScale, NoTopics, NoSync, .. Fixed];

    /// <summary>All knobs.</summary>
    public static IReadOnlyList<Knob> All { get; } =
    [
        Decoder,
        MostArrivals,
        .. Knobs,
        new TextsKnob(
            "--stop", ["StopStrings"],
            ("text", "Text that ends the answer, which stops before it; may be given up to " +
                $"{GenerationOptions.MaxStopStrings} times."),
            knobs => knobs.Common.StopStrings,
            (knobs, texts) => knobs.WithCommon(common => common with { StopStrings = texts })),
    ];

    /// <summary>The option that sets the property with a path; null if none does.</summary>
    public static string? OptionOf(string property) =>
        All.FirstOrDefault(knob => knob.Properties.Contains(property))?.Option;

    private static string Text(float number) => number.ToString(CultureInfo.InvariantCulture);
}
