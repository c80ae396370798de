using System.Collections.Immutable;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Engine;

/// <summary>A request that has been checked and turned into tokens and a decoder.</summary>
internal sealed record PreparedRequest(
    DecodingOptions Decoding, int[] Prompt, int Capacity, IDecoder Decoder, AnswerKind Kind)
{
    /// <summary>The time in which it must end; null for any.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Seconds by which it counts as older.</summary>
    public int Priority { get; init; }

    /// <summary>Whom it belongs to; null for everybody without a key.</summary>
    public string? ShareKey { get; init; }

    /// <summary>The model's name in metrics; null for none.</summary>
    public string? Model { get; init; }

    /// <summary>Strings that end the answer.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];
}

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
    private const int MostPriority = 3600; // seconds

    private static readonly TimeSpan LongestDeadline = TimeSpan.FromDays(30); // timers know no longer ones

    public PreparedRequest Prepare(GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        GenerationOptions options =
            request.Options ?? throw new ArgumentNullException(nameof(request), "Options is null.");
        options.Validate();
        if (request.Plan is not null && options.Decoding is not PlannedOptions)
            throw new ArgumentException(
                $"Plan is given, but Decoding is {options.Decoding.GetType().Name}.", nameof(request));
        if (request.Deadline is { } deadline && (deadline <= TimeSpan.Zero || deadline > LongestDeadline))
            throw new ArgumentException(
                $"Deadline is {deadline}; it must be above 0 and at most {LongestDeadline.Days} days.",
                nameof(request));
        if (request.Priority is < -MostPriority or > MostPriority)
            throw new ArgumentException(
                $"Priority is {request.Priority}; it must be {-MostPriority} to {MostPriority}.", nameof(request));
        RefuseUnknownTokens(options.Experiment?.ForcedPlans ?? []);
        int most = Most(options);
        int[] prompt = Prompt(request, most);
        int length = Length(options, most, prompt.Length);
        IDecoder decoder = options.Decoding switch
        {
            AutoregressiveOptions autoregressive => new AutoregressiveDecoder
            {
                StopTokens = options.Experiment is { IgnoreEnd: true } ? [] : stopTokens,
                MaxLength = length,
                Sampling = options.Sampling,
                PromptLookup = autoregressive.PromptLookup,
            },
            PlannedOptions planned => Planned(options, planned, request.Plan, prompt.Length, length),
            _ => FixedLength(options, prompt.Length, length),
        };
        var kind = AnswerKind.Of(options.Decoding, options.Preset);
        return new PreparedRequest(options.Decoding, prompt, length, decoder, kind)
        {
            Deadline = request.Deadline,
            Priority = request.Priority,
            ShareKey = request.ShareKey,
            StopStrings = [.. options.StopStrings],
        };
    }

    private int[] Prompt(GenerationRequest request, int most)
    {
        int given = (request.Messages is null ? 0 : 1) + (request.Prompt is null ? 0 : 1)
            + (request.PromptTokens is null ? 0 : 1);
        if (given != 1)
            throw new ArgumentException($"One of Messages, Prompt and PromptTokens is needed; {given} are given.");
        if (request.Messages is not null) return Chat(request, most);
        if (request.PromptTokens is { IsDefault: true })
            throw new ArgumentException("PromptTokens is default, not a list.", nameof(request));
        if (request.Prompt is { } text) RefuseTooLong(tokenizer.FewestTokens(text.Length), most, "at least ");
        else RefuseTooLong(request.PromptTokens!.Value.Length, most);
        int[] ids = request.Prompt is null ? [.. request.PromptTokens!.Value] : tokenizer.Encode(request.Prompt);
        if (ids.Length == 0) throw new ArgumentException("The prompt is empty.", nameof(request));
        RefuseUnknownTokens(ids, nameof(request.PromptTokens));
        return ids;
    }

    private int[] Chat(GenerationRequest request, int most)
    {
        IReadOnlyList<ChatMessage> messages =
            defaults.Conversation(request.Messages!, request.SystemPrompt, request.Options.Decoding);
        // A template may trim the text.
        long characters = messages.Sum(
            message => (long)message.Role.AsSpan().Trim().Length + message.Content.AsSpan().Trim().Length);
        RefuseTooLong(tokenizer.FewestTokens(characters), most, "at least ");
        return chatTemplate.Encode(messages);
    }

    /// <summary>The largest length that the options allow, for any prompt.</summary>
    private int Most(GenerationOptions options)
    {
        int possible = Math.Min(config.MaxPositions, limits.MaxPositions);
        if (options.MaxLength == int.MaxValue) return possible; // no limit
        if (options.MaxLength is { } length) return length;
        return options is { Decoding.FillsFixedLength: true, MaxNewTokens: not null }
            ? limits.MaxPositions
            : Math.Min(GenerationOptions.DefaultMaxLength, possible);
    }

    /// <summary>The largest length of the sequence. Refuses a request that can never fit.</summary>
    private int Length(GenerationOptions options, int most, int prompt)
    {
        RefuseTooLong(prompt, most);
        bool fixedLength = options.Decoding.FillsFixedLength;
        long wanted = options.MaxNewTokens switch
        {
            null when fixedLength => Math.Min(most, (long)prompt + GenerationOptions.DefaultFixedLength),
            null => most,
            int.MaxValue when fixedLength => Math.Max(limits.MaxRowsPerStep, prompt + 1L), // a whole pass
            { } tokens => (long)prompt + tokens,
        };
        bool exact = fixedLength && options is { MaxLength: null, MaxNewTokens: < int.MaxValue };
        if (!exact) wanted = Math.Min(wanted, most);
        if (wanted > limits.MaxPositions)
            throw new RunnerCapacityException(
                $"The request needs {wanted} positions; the runner has {limits.MaxPositions} per sequence "
                + "(RunnerLimits.MaxPositions).");
        return (int)wanted;
    }

    private static void RefuseTooLong(long prompt, int most, string bound = "")
    {
        if (prompt >= most)
            throw new PromptTooLongException(
                $"The prompt has {bound}{prompt} tokens; MaxLength, prompt included, is {most}.");
    }

    private void RefuseUnknownTokens(ImmutableArray<ImmutableArray<int>> plans)
    {
        for (int i = 0; i < plans.Length; i++) RefuseUnknownTokens(plans[i].AsSpan(), $"Experiment.ForcedPlans[{i}]");
    }

    private void RefuseUnknownTokens(ReadOnlySpan<int> ids, string field)
    {
        int at = ids.IndexOfAnyExceptInRange(0, config.VocabularySize - 1);
        if (at >= 0) throw new ArgumentException($"{field} has {ids[at]}; the last id is {config.VocabularySize - 1}.");
    }

    private IDecoder FixedLength(GenerationOptions options, int prompt, int length)
    {
        if (config.MaskTokenId is null)
            throw new NotSupportedException($"Model type {config.ModelType} has no mask token: it cannot diffuse.");
        if (length > limits.MaxRowsPerStep)
            throw new RunnerCapacityException(
                $"Diffusion computes all {length} rows in one pass; the runner has {limits.MaxRowsPerStep} "
                + "(RunnerLimits.MaxRowsPerStep).");
        UnmaskPolicy policy = options.UnmaskingFor(config)!;
        return options.Decoding is FastDllmOptions blocks
            ? FastDllm(options, blocks, policy, length)
            : Diffusion(options, (DiffusionOptions)options.Decoding, policy, prompt, length);
    }

    private DiffusionDecoder Diffusion(
        GenerationOptions options, DiffusionOptions diffusion, UnmaskPolicy policy, int prompt, int length)
    {
        if (policy is not ScheduledUnmasking) RequireGroup("Diffusion by a threshold decodes its answer as a group");
        return new DiffusionDecoder
        {
            Length = length,
            Steps = (int)((length - prompt) * diffusion.StepsRatio),
            Policy = policy with { Scope = UnmaskScope.Round },
            Sampling = options.Sampling,
        };
    }

    private FastDllmDecoder FastDllm(
        GenerationOptions options, FastDllmOptions blocks, UnmaskPolicy policy, int length)
    {
        RequireGroup("Fast-dLLM decodes blocks, each as a group");
        return new FastDllmDecoder
        {
            Length = length,
            BlockLength = blocks.BlockLength,
            Policy = policy,
            Cache = blocks.Cache,
            Sampling = options.Sampling,
        };
    }

    private void RequireGroup(string because)
    {
        if (limits.MaxGroupsPerSequence < 1)
            throw new RunnerCapacityException($"{because}; the runner has 0 (RunnerLimits.MaxGroupsPerSequence).");
    }

    private PlannedDecoder Planned(
        GenerationOptions options, PlannedOptions planned, IReadOnlyList<PlanItem>? plan, int prompt, int length)
    {
        ControlTokens control = tokens ?? ControlTokens.FromTokenizer(tokenizer); // or names missing tags
        if (config.MaskTokenId != control.Mask)
            throw new NotSupportedException(
                $"mask_token_id is {config.MaskTokenId?.ToString() ?? "null"}, but <|mask|> is token {control.Mask}.");
        PlannedDecoder.RequireRows(limits);
        ExperimentOptions experiment = options.Experiment ?? new ExperimentOptions();
        return new PlannedDecoder
        {
            Tokens = control,
            StopTokens = stopTokens,
            MaxLength = length,
            Sampling = options.Sampling,
            Policy = options.UnmaskingFor(config)!,
            StepsRatio = planned.StepsRatio,
            Dense = planned.IsDense(config),
            Commit = planned.Commit,
            LengthScale = planned.LengthScale,
            DefaultSpanLength = planned.DefaultSpanLength,
            Strict = planned.Strict,
            Limits = planned.Limits,
            MaxRounds = planned.MaxRounds,
            MaxPlanTokens = planned.MaxPlanTokens,
            DraftPlans = planned.DraftPlans,
            DropTopics = experiment.DropTopics,
            DropSyncs = experiment.DropSyncs,
            ForcedPlans = experiment.ForcedPlans,
            ForcedSteps = experiment.ForcedSteps,
            Given = plan is null ? null : Given(plan, control, planned.LengthScale, prompt, length),
        };
    }

    /// <summary>The plan as the model would have written it: topic, blank, number.</summary>
    private GivenPlan Given(
        IReadOnlyList<PlanItem> plan, ControlTokens control, double scale, int prompt, int length)
    {
        if (plan.Count == 0) throw new ArgumentException("Plan has no item.");
        long spans = 0, topics = 0;
        for (int i = 0; i < plan.Count; i++)
        {
            if (plan[i] is not { Topic: not null } item)
                throw new ArgumentException($"Plan[{i}]{(plan[i] is null ? "" : ".Topic")} is null.");
            if (item.Length < 1)
                throw new ArgumentException($"Plan[{i}].Length is {item.Length}; it must be at least 1.");
            spans += item.Length + 2L;
            topics += item.Topic.Length;
        }

        RefuseIfMore(tokenizer.FewestTokens(topics) + (2L * plan.Count)); // before topics are encoded
        var ids = new List<int>();
        foreach (PlanItem item in plan)
        {
            double number = Math.Clamp(Math.Ceiling(item.Length / scale), 1, 99);
            ids.Add(control.PromiseStart);
            tokenizer.Encode($"{item.Topic} {(int)number}", ids);
            ids.Add(control.PromiseEnd);
        }

        RefuseIfMore(ids.Count);
        return new GivenPlan([.. ids], [.. plan.Select(item => item.Length)]);

        void RefuseIfMore(long promises)
        {
            long need = prompt + promises + spans;
            if (need > length)
                throw new RunnerCapacityException(
                    $"Prompt, plan and spans need {need} positions; MaxLength is {length}.");
        }
    }
}
