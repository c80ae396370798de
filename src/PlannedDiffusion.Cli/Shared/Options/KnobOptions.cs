using System.CommandLine;
using System.Text;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>The knobs of decoding as options of a command.</summary>
internal sealed class KnobOptions
{
    /// <summary>The policies that have a threshold.</summary>
    public const string Certain = "certain", Factor = "factor", Threshold = "threshold";

    private static readonly DecodingKnobs Defaults = new();

    private readonly Option<string> _decoder = Choice(
        "--decoder", "How to decode: plan and spans as the checkpoint was trained, the same with isolated spans or " +
        "with spans that see each other, one token at a time, plain diffusion, or Fast-dLLM's diffusion in blocks.",
        [.. DecoderName.All.Select(known => known.Text)]);

    private readonly Option<string> _preset = Choice(
        "--preset", "The schedule in one word: as published, or fast, where a step reveals all that is certain. " +
        "What another option says goes first.",
        "published", "fast");

    private readonly Option<string?> _policy = new("--policy")
    {
        Description = "How masks are chosen for revealing: as many a step as the schedule says, by one of three " +
            "measures (entropy, max-prob, margin); all that are certain, and never fewer than that, by one threshold " +
            "(certain) or by one that rises with their number (factor); or of those in the schedule only what " +
            "reaches a threshold. Without it: entropy, with --preset fast certain.",
    };

    private readonly Option<float?> _threshold = New<float?>(
        "--threshold", "p", "Probability from which a token is certain, with --policy certain or --preset fast " +
        "(without it, the decoder's own); or that a further token of a step must reach, with --policy threshold (0.9).",
        null);

    private readonly Option<float?> _factor = New<float?>(
        "--factor", "f", "With --policy factor: n tokens are revealed if (n + 1) times the doubt about the least " +
        "certain of them is below it (1).",
        null);

    private readonly Option<double> _stepsRatio = New(
        "--steps-ratio", "r", "Denoise steps per token of the largest span: 1 is careful, 0.25 fast.",
        Defaults.Planned.StepsRatio);

    private readonly Option<int> _blockLength = New(
        "--block-length", "n", "Tokens of a block, with --decoder fast-dllm.", Defaults.FastDllm.BlockLength);

    private readonly Option<string> _blockCache = Choice(
        "--block-cache", "Keys and values kept while a block is decoded: those before and behind it, or before it.",
        "dual", "prefix");

    private readonly DraftsOption _drafts = new();

    private readonly Option<double> _lengthScale = New(
        "--length-scale", "x", "Tokens that a number in a plan stands for.", Defaults.Planned.LengthScale);

    private readonly Option<int> _defaultSpanLength = New(
        "--default-span-length", "n", "Tokens of a span whose promise has no number.",
        Defaults.Planned.DefaultSpanLength);

    private readonly Option<float> _temperature = New(
        "--temperature", "t", "0 takes the most likely token.", Defaults.Common.Temperature);

    private readonly Option<float> _topP = New(
        "--top-p", "p", "Nucleus probability; 1 keeps all.", Defaults.Common.TopP);

    private readonly Option<int> _topK = New("--top-k", "k", "Tokens kept; 0 keeps all.", Defaults.Common.TopK);

    private readonly Option<ulong> _seed = New("--seed", "n", "Fixes every draw.", Defaults.Common.Seed);

    private readonly Option<int?> _maxLength = New<int?>(
        "--max-length", "n", "Most tokens, prompt included (1024, or what the model has).", null);

    private readonly Option<int?> _maxNewTokens = New<int?>(
        "--max-new-tokens", "n", "Most new tokens; diffusion writes exactly so many (128).", null);

    private readonly Option<string> _commit = Choice(
        "--kv-commit", "What finished spans leave behind for later rounds: as published, or recomputed.",
        "reference", "refresh");

    private readonly Option<bool> _strict = new("--strict")
    {
        Description = "A plan that is not well formed is an error.",
    };

    private readonly Option<int> _maxSpans = New(
        "--max-spans", "n", "Most spans of a plan.", Defaults.Planned.Limits.Spans);

    private readonly Option<int> _maxSpanTokens = New(
        "--max-span-tokens", "n", "Most tokens of a span.", Defaults.Planned.Limits.SpanTokens);

    private readonly Option<int> _maxScaffoldTokens = New(
        "--max-scaffold-tokens", "n", "Most tokens of all spans of a plan.", Defaults.Planned.Limits.ScaffoldTokens);

    private readonly Option<int> _maxRounds = New("--max-rounds", "n", "Most rounds.", Defaults.Planned.MaxRounds);

    private readonly Option<int> _maxPlanTokens = New(
        "--max-plan-tokens", "n", "Most tokens of one plan.", Defaults.Planned.MaxPlanTokens);

    private readonly Option<bool> _noTopics = new("--no-topics")
    {
        Description = "Ablation: take the topics out of a plan before its spans are denoised.",
    };

    private readonly Option<bool> _noSync = new("--no-sync")
    {
        Description = "Ablation: nothing waits for a sync; the spans of all rounds are denoised together.",
    };

    public KnobOptions() =>
        OptionGrammar.AcceptOnly(_policy, [.. PolicyNames]);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_decoder);
        AddKnobsTo(command);
    }

    /// <summary>Adds all but the way to decode, which is then the first one.</summary>
    public void AddKnobsTo(Command command)
    {
        AddScheduleTo(command);
        _drafts.AddTo(command);
        foreach (Option option in (Option[])[_lengthScale, _noTopics, _noSync]) command.Add(option);
        AddFixedTo(command);
    }

    /// <summary>Adds those that say how many steps a round takes.</summary>
    public void AddScheduleTo(Command command)
    {
        foreach (Option option in (Option[])[_preset, _policy, _threshold, _factor, _stepsRatio]) command.Add(option);
    }

    /// <summary>Adds those that a grid does not vary.</summary>
    public void AddFixedTo(Command command)
    {
        Option[] all =
        [
            _defaultSpanLength, _temperature, _topP, _topK, _seed, _blockLength, _blockCache, _maxLength, _maxNewTokens,
            _commit, _strict, _maxSpans, _maxSpanTokens, _maxScaffoldTokens, _maxRounds, _maxPlanTokens,
        ];
        foreach (Option option in all) command.Add(option);
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="UsageException">A value is out of range, or two exclude each other.</exception>
    public GenerationOptions Read(ParseResult parse)
    {
        DecodingKnobs knobs = ReadKnobs(parse);
        DecodingOptions decoding =
            _drafts.Read(parse, DecoderName.Find(parse.GetRequiredValue(_decoder))!.Decoding(knobs));
        if (decoding is not PlannedOptions)
        {
            if (parse.GetValue(_noTopics)) throw NeedsPlans(_noTopics);
            if (parse.GetValue(_noSync)) throw NeedsPlans(_noSync);
        }

        return Checked(knobs.For(decoding));
    }

    /// <summary>Reads all but the way to decode, and drafts, which go with it: see <see cref="ReadWays"/>.</summary>
    /// <exception cref="UsageException">A value is out of range, or two exclude each other.</exception>
    public DecodingKnobs ReadKnobs(ParseResult parse)
    {
        DecodingKnobs knobs = ReadSchedule(parse, ReadFixed(parse));
        bool noTopics = parse.GetValue(_noTopics), noSync = parse.GetValue(_noSync);
        return Checked(knobs with
        {
            Planned = knobs.Planned with { LengthScale = parse.GetValue(_lengthScale) },
            Ablation = noTopics || noSync
                ? new ExperimentOptions { DropTopics = noTopics, DropSyncs = noSync } : null,
        });
    }

    /// <summary>Some knobs, with those that say how many steps a round takes as they were asked for.</summary>
    /// <exception cref="UsageException">A value is out of range, or two exclude each other.</exception>
    public DecodingKnobs ReadSchedule(ParseResult parse, DecodingKnobs knobs)
    {
        Preset preset = IsFast(parse) ? Preset.Fast : Preset.Published;
        knobs = knobs with { Common = knobs.Common with { Preset = preset } };
        return Checked(knobs.WithPolicy(Policy(parse)).WithStepsRatio(parse.GetValue(_stepsRatio)));
    }

    /// <inheritdoc cref="DraftsOption.ReadWays"/>
    public DecodingWay[] ReadWays(ParseResult parse, IReadOnlyList<DecodingOptions> decoders) =>
        _drafts.ReadWays(parse, decoders);

    /// <summary>Reads those that a grid does not vary; the others keep their defaults.</summary>
    /// <exception cref="UsageException">A value is out of range, or two exclude each other.</exception>
    public DecodingKnobs ReadFixed(ParseResult parse) => Checked(new DecodingKnobs
    {
        Common = new GenerationOptions
        {
            Temperature = parse.GetValue(_temperature),
            TopP = parse.GetValue(_topP),
            TopK = parse.GetValue(_topK),
            Seed = parse.GetValue(_seed),
            MaxLength = parse.GetValue(_maxLength),
            MaxNewTokens = parse.GetValue(_maxNewTokens),
        },
        Planned = new PlannedOptions
        {
            DefaultSpanLength = parse.GetValue(_defaultSpanLength),
            Commit = parse.GetValue(_commit) == "refresh" ? KvCommit.Refresh : KvCommit.Reference,
            Strict = parse.GetValue(_strict),
            Limits = new PlanLimits
            {
                Spans = parse.GetValue(_maxSpans),
                SpanTokens = parse.GetValue(_maxSpanTokens),
                ScaffoldTokens = parse.GetValue(_maxScaffoldTokens),
            },
            MaxRounds = parse.GetValue(_maxRounds),
            MaxPlanTokens = parse.GetValue(_maxPlanTokens),
        },
        FastDllm = new FastDllmOptions
        {
            BlockLength = parse.GetValue(_blockLength),
            Cache = parse.GetValue(_blockCache) == "prefix" ? BlockCache.Prefix : BlockCache.Dual,
        },
    });

    /// <summary>The same knobs, if each is within its range.</summary>
    /// <exception cref="UsageException">One is not.</exception>
    private static DecodingKnobs Checked(DecodingKnobs knobs)
    {
        foreach (DecoderName name in DecoderName.All) Checked(knobs.For(name));
        return knobs;
    }

    /// <summary>The same options, if each is within its range.</summary>
    /// <exception cref="UsageException">One is not.</exception>
    public static GenerationOptions Checked(GenerationOptions options)
    {
        try
        {
            options.Validate();
        }
        catch (ArgumentException e)
        {
            throw Refused(e);
        }

        return options;
    }

    /// <summary>The names of policies, as the option has them.</summary>
    public static IReadOnlyList<string> PolicyNames { get; } =
        ["entropy", "max-prob", "margin", Certain, Factor, Threshold];

    /// <summary>The engine's refusal of a field, in terms of the option that sets it.</summary>
    public static UsageException Refused(ArgumentException refusal) => new(Describe(refusal));

    /// <summary>Why the engine refuses a request or has no answer to it, in terms of options.</summary>
    public static string Describe(Exception refusal)
    {
        if (refusal is not ArgumentException e) return InOptions(refusal.Message);
        string message = InOptions(Messages.Of(e));
        return e.ParamName is { Length: > 0 } name && message.StartsWith(name + ' ', StringComparison.Ordinal)
            ? OptionName(name) + message[name.Length..]
            : message;
    }

    // The two that bound a request's length, by which others explain themselves; a runner is made for one request.
    private static string InOptions(string message) => message
        .Replace($"{nameof(RunnerLimits)}.", "", StringComparison.Ordinal)
        .Replace(nameof(RunnerLimits.MaxPositions), "--max-length", StringComparison.Ordinal)
        .Replace(nameof(RunnerLimits.MaxRowsPerStep), "--max-length", StringComparison.Ordinal)
        .Replace(nameof(GenerationOptions.MaxLength), "--max-length", StringComparison.Ordinal)
        .Replace(nameof(GenerationOptions.MaxNewTokens), "--max-new-tokens", StringComparison.Ordinal);

    private static UsageException NeedsPlans(Option option) =>
        new($"{option.Name} needs --decoder planned, sparse or dense");

    // All that is certain, without a threshold, is what the fast preset is: it has one for each way to decode.
    private bool IsFast(ParseResult parse) => parse.GetValue(_preset) == "fast" || parse.GetValue(_policy) == Certain;

    /// <summary>How masks are chosen; null as the preset has it.</summary>
    private UnmaskPolicy? Policy(ParseResult parse)
    {
        string? name = parse.GetValue(_policy) ?? (IsFast(parse) ? Certain : null);
        float? factor = parse.GetValue(_factor);
        if (factor is not null && name != Factor) throw new UsageException("--factor is part of --policy factor");
        if (factor is not (null or (> 0 and < float.PositiveInfinity)))
            throw new UsageException("--factor must be a finite number above 0");
        UnmaskPolicy? policy = Policy(name, parse.GetValue(_threshold));
        return policy is FactorUnmasking own ? own with { Factor = factor ?? own.Factor } : policy;
    }

    /// <summary>The policy of a name; null where the preset decides: the fast one, for what is certain.</summary>
    /// <exception cref="UsageException">The threshold is out of range, or the policy has none.</exception>
    public static UnmaskPolicy? Policy(string? name, float? threshold)
    {
        if (threshold is not (null or (>= 0 and <= 1))) throw new UsageException("--threshold must be between 0 and 1");
        if (threshold is not null && name is not (Certain or Threshold))
            throw new UsageException("--threshold is part of --policy certain or threshold, or of --preset fast");
        return name switch
        {
            null => null,
            Certain when threshold is null => null,
            Certain when threshold == 0 => throw new UsageException(
                "--threshold must be above 0: everything is as certain as that"),
            Certain => new CertainUnmasking(threshold.Value),
            Factor => new FactorUnmasking(),
            Threshold when threshold is null => new ThresholdUnmasking(),
            Threshold => new ThresholdUnmasking(threshold.Value),
            "max-prob" => new ScheduledUnmasking(ConfidenceKind.Probability),
            "margin" => new ScheduledUnmasking(ConfidenceKind.Margin),
            _ => new ScheduledUnmasking(),
        };
    }

    // Decoding.StepsRatio is --steps-ratio, Decoding.Limits.Spans --max-spans, and so on.
    private static string OptionName(string property)
    {
        string limit = property.Replace("Decoding.Limits.", "Max", StringComparison.Ordinal)
            .Replace("Decoding.Unmasking.", "", StringComparison.Ordinal)
            .Replace("Decoding.", "", StringComparison.Ordinal);
        var name = new StringBuilder("-");
        foreach (char c in limit)
        {
            if (char.IsAsciiLetterUpper(c)) name.Append('-');
            name.Append(char.ToLowerInvariant(c));
        }

        return name.ToString();
    }

    private static Option<string> Choice(string name, string description, params string[] choices)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => choices[0] };
        OptionGrammar.AcceptOnly(option, choices);
        return option;
    }

    private static Option<T> New<T>(string name, string helpName, string description, T value)
    {
        var option = new Option<T>(name) { Description = description, HelpName = helpName };
        if (value is not null) option.DefaultValueFactory = _ => value;
        return option;
    }
}
