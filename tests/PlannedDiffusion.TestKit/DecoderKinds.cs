using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.TestKit;

/// <summary>The ways to decode, for tests that go through all of them.</summary>
public enum DecoderKind
{
    Planned,
    PlannedSparse,
    PlannedDense,
    Autoregressive,
    Diffusion,
    FastDllm,
}

/// <summary>Options for a way to decode, and changes that mean the same in several ways.</summary>
public static class DecoderKinds
{
    /// <summary>The default options of a way.</summary>
    public static DecodingOptions Options(this DecoderKind kind) => kind switch
    {
        DecoderKind.Planned => new PlannedOptions(),
        DecoderKind.PlannedSparse => new PlannedOptions { Visibility = SpanVisibility.Sparse },
        DecoderKind.PlannedDense => new PlannedOptions { Visibility = SpanVisibility.Dense },
        DecoderKind.Autoregressive => new AutoregressiveOptions(),
        DecoderKind.Diffusion => new DiffusionOptions(),
        DecoderKind.FastDllm => new FastDllmOptions(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>True for the ways that fill an answer of a fixed length.</summary>
    public static bool FillsFixedLength(this DecoderKind kind) => kind is DecoderKind.Diffusion or DecoderKind.FastDllm;

    /// <summary>
    /// The same options in another way to decode. Options of plans that this way has as well are kept, and so are plans
    /// that a test writes.
    /// </summary>
    public static GenerationOptions As(this GenerationOptions options, DecoderKind kind)
    {
        ArgumentNullException.ThrowIfNull(options);
        var planned = (PlannedOptions)options.Decoding;
        return kind.Options() switch
        {
            PlannedOptions other => options with { Decoding = planned with { Visibility = other.Visibility } },
            DiffusionOptions other => Alone(other with
            {
                StepsRatio = planned.StepsRatio,
                Unmasking = planned.Unmasking,
            }),
            FastDllmOptions other => Alone(other with { Unmasking = planned.Unmasking }),
            { } other => Alone(other),
        };

        GenerationOptions Alone(DecodingOptions decoding) => options with { Decoding = decoding, Experiment = null };
    }

    /// <summary>The same with other options of its plans.</summary>
    public static GenerationOptions WithPlans(
        this GenerationOptions options, Func<PlannedOptions, PlannedOptions> change)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(change);
        return options with { Decoding = change((PlannedOptions)options.Decoding) };
    }

    /// <summary>The same with another experiment.</summary>
    public static GenerationOptions WithExperiment(
        this GenerationOptions options, Func<ExperimentOptions, ExperimentOptions> change)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(change);
        return options with { Experiment = change(options.Experiment ?? new ExperimentOptions()) };
    }

    /// <summary>The same with or without drafts, in a way that has drafts.</summary>
    public static GenerationOptions WithDrafts(this GenerationOptions options, bool drafts)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with
        {
            Decoding = options.Decoding switch
            {
                PlannedOptions planned => planned with { DraftPlans = drafts },
                AutoregressiveOptions text => text with { PromptLookup = drafts },
                { } other => other,
            },
        };
    }

    /// <summary>The same with another policy, in a way that has one.</summary>
    public static GenerationOptions WithPolicy(this GenerationOptions options, UnmaskPolicy? policy)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with
        {
            Decoding = options.Decoding switch
            {
                PlannedOptions planned => planned with { Unmasking = policy },
                DiffusionOptions diffusion => diffusion with { Unmasking = policy },
                FastDllmOptions blocks => blocks with { Unmasking = policy },
                { } other => other,
            },
        };
    }
}
