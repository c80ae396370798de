using System.Collections.Immutable;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>A request that has been checked and turned into tokens and a decoder.</summary>
internal sealed record PreparedRequest(DecoderKind Kind, int[] Prompt, int Capacity, IDecoder Decoder);

/// <summary>Checks requests against a model before anything is computed.</summary>
internal sealed class RequestPreparation(
    Tokenizer tokenizer,
    ChatTemplate chatTemplate,
    ControlTokens? tokens,
    ImmutableArray<int> stopTokens,
    CheckpointDefaults defaults,
    ModelConfig config,
    RunnerLimits limits)
{
    private const int DefaultMaxLength = 1024;
    private const int DefaultDiffusionTokens = 128;

    public PreparedRequest Prepare(GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        GenerationOptions options =
            request.Options ?? throw new ArgumentNullException(nameof(request), "Options is null.");
        options.Validate();
        if (request.Plan is not null && !options.Plans)
            throw new ArgumentException($"Plan is given, but the decoder is {options.Decoder}.", nameof(request));
        int[] prompt = Prompt(request);
        int length = Length(options, prompt.Length);
        IDecoder decoder = options.Decoder switch
        {
            DecoderKind.Autoregressive => new AutoregressiveDecoder
            {
                StopTokens = options.IgnoreEnd ? [] : stopTokens,
                MaxLength = length,
                Sampling = options.Sampling,
            },
            DecoderKind.Diffusion or DecoderKind.FastDllm => Diffusion(options, prompt.Length, length),
            _ => Planned(options, request.Plan, prompt.Length, length),
        };
        return new PreparedRequest(options.Decoder, prompt, length, decoder);
    }

    private int[] Prompt(GenerationRequest request)
    {
        int given = (request.Messages is null ? 0 : 1) + (request.Prompt is null ? 0 : 1)
            + (request.PromptTokens is null ? 0 : 1);
        if (given != 1)
            throw new ArgumentException($"One of Messages, Prompt and PromptTokens is needed; {given} are given.");
        if (request.Messages is not null) return Chat(request);
        int[] ids = request.Prompt is { } text ? tokenizer.Encode(text) : [.. request.PromptTokens!.Value];
        if (ids.Length == 0) throw new ArgumentException("The prompt is empty.", nameof(request));
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)config.VocabularySize)
                throw new ArgumentException($"PromptTokens has {id}; the last id is {config.VocabularySize - 1}.");
        }

        return ids;
    }

    private int[] Chat(GenerationRequest request) => chatTemplate.Encode(
        defaults.Conversation(request.Messages!, request.SystemPrompt, request.Options.Decoder));

    /// <summary>The largest length of the sequence; refuses what can never fit.</summary>
    private int Length(GenerationOptions options, int prompt)
    {
        int most = options.MaxLength ?? Math.Min(DefaultMaxLength, Math.Min(config.MaxPositions, limits.MaxPositions));
        if (options.FillsFixedLength)
        {
            int tokens = options.MaxNewTokens ?? Math.Min(DefaultDiffusionTokens, most - prompt);
            most = options.MaxLength is null ? prompt + tokens : Math.Min(most, prompt + tokens);
        }
        else if (options.MaxNewTokens is { } tokens) most = Math.Min(most, prompt + tokens);

        if (prompt >= most)
            throw new ArgumentException($"The prompt has {prompt} tokens; MaxLength, prompt included, is {most}.");
        if (most > limits.MaxPositions)
            throw new RunnerCapacityException(
                $"The request needs {most} positions; the runner has {limits.MaxPositions} per sequence.");
        return most;
    }

    private IDecoder Diffusion(GenerationOptions options, int prompt, int length)
    {
        if (config.MaskTokenId is null)
            throw new NotSupportedException($"Model type {config.ModelType} has no mask token: it cannot diffuse.");
        if (length > limits.MaxRowsPerStep)
            throw new RunnerCapacityException(
                $"Diffusion computes all {length} rows in one pass; the runner has {limits.MaxRowsPerStep}.");
        if (options.Decoder == DecoderKind.FastDllm) return FastDllm(options, length);
        return new DiffusionDecoder
        {
            Length = length,
            Steps = (int)((length - prompt) * options.StepsRatio),
            Policy = options.Unmasking with { Scope = UnmaskScope.Round },
            Sampling = options.Sampling,
        };
    }

    private static FastDllmDecoder FastDllm(GenerationOptions options, int length)
    {
        var decoder = new FastDllmDecoder
        {
            Length = length,
            BlockLength = options.BlockLength,
            Cache = options.BlockCache,
            Sampling = options.Sampling,
        };
        return options.Unmasking is ThresholdUnmasking policy
            ? decoder with { Threshold = policy.Threshold }
            : decoder;
    }

    private PlannedDecoder Planned(GenerationOptions options, IReadOnlyList<PlanItem>? plan, int prompt, int length)
    {
        ControlTokens control = tokens ?? ControlTokens.FromTokenizer(tokenizer); // which names what is missing
        if (config.MaskTokenId != control.Mask)
            throw new NotSupportedException(
                $"mask_token_id is {config.MaskTokenId?.ToString() ?? "null"}, but <|mask|> is token {control.Mask}.");
        GivenPlan? given = plan is null ? null : Given(plan, control, options.LengthScale);
        int need = prompt + (given is null ? 0 : given.Tokens.Length + given.Lengths.Sum(tokens => tokens + 2));
        if (need > length)
            throw new RunnerCapacityException($"Prompt, plan and spans need {need} positions; MaxLength is {length}.");
        return new PlannedDecoder
        {
            Tokens = control,
            StopTokens = stopTokens,
            MaxLength = length,
            Sampling = options.Sampling,
            Policy = options.Unmasking,
            StepsRatio = options.StepsRatio,
            Dense = options.Decoder == DecoderKind.PlannedDense
                || (options.Decoder == DecoderKind.Planned && config.DenseByDefault),
            Commit = options.Commit,
            LengthScale = options.LengthScale,
            DefaultSpanLength = options.DefaultSpanLength,
            Strict = options.StrictPlans,
            Limits = options.PlanLimits,
            MaxRounds = options.MaxRounds,
            MaxPlanTokens = options.MaxPlanTokens,
            DropTopics = options.DropTopics,
            DropSyncs = options.DropSyncs,
            ForcedPlans = options.ForcedPlans,
            Given = given,
        };
    }

    /// <summary>The plan as the model would have written it: topic, blank, number.</summary>
    private GivenPlan Given(IReadOnlyList<PlanItem> plan, ControlTokens control, double scale)
    {
        if (plan.Count == 0) throw new ArgumentException("Plan has no item.");
        var ids = new List<int>();
        foreach (PlanItem item in plan)
        {
            if (item.Length < 1) throw new ArgumentException($"Plan item \"{item.Topic}\" has length {item.Length}.");
            double number = Math.Clamp(Math.Ceiling(item.Length / scale), 1, 99);
            ids.Add(control.PromiseStart);
            tokenizer.Encode($"{item.Topic} {(int)number}", ids);
            ids.Add(control.PromiseEnd);
        }

        return new GivenPlan([.. ids], [.. plan.Select(item => item.Length)]);
    }
}
