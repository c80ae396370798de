using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>
/// The knobs of all ways to decode: a command line sets them before it is known which ways it asks for.
/// </summary>
internal sealed record DecodingKnobs
{
    /// <summary>The way that was asked for, where there is one.</summary>
    public DecoderName Decoder { get; init; } = DecoderName.Planned;

    /// <summary>What was asked for of a policy; <see cref="Decided"/> makes one of it.</summary>
    public PolicyChoice Policy { get; init; }

    /// <summary>What was asked for of drafts; null for those of each way.</summary>
    public DraftKind? Drafts { get; init; }

    /// <summary>What all ways have; the way itself is of no account.</summary>
    public GenerationOptions Common { get; init; } = new();

    public PlannedOptions Planned { get; init; } = new();

    public AutoregressiveOptions Autoregressive { get; init; } = new();

    public DiffusionOptions Diffusion { get; init; } = new();

    public FastDllmOptions FastDllm { get; init; } = new();

    /// <summary>For the ways that plan.</summary>
    public ExperimentOptions? Ablation { get; init; }

    /// <summary>The options of a way.</summary>
    public GenerationOptions For(DecoderName name) => For(name.Decoding(this));

    /// <summary>The options of a way that has changed some of its knobs.</summary>
    public GenerationOptions For(DecodingOptions decoding) =>
        Common with { Decoding = decoding, Experiment = decoding is PlannedOptions ? Ablation : null };

    /// <summary>The same with the policy that was asked for in all ways that have one.</summary>
    /// <exception cref="Streams.UsageException">A number of it is out of range, or of no use.</exception>
    public DecodingKnobs Decided()
    {
        (Preset preset, UnmaskPolicy? policy) = Policy.Beside(Common.Preset);
        return WithCommon(common => common with { Preset = preset }).WithPolicy(policy);
    }

    /// <summary>The same with other options that all ways have.</summary>
    public DecodingKnobs WithCommon(Func<GenerationOptions, GenerationOptions> change) =>
        this with { Common = change(Common) };

    /// <summary>The same with other options of plans.</summary>
    public DecodingKnobs WithPlans(Func<PlannedOptions, PlannedOptions> change) =>
        this with { Planned = change(Planned) };

    /// <summary>The same with other limits of plans.</summary>
    public DecodingKnobs WithLimits(Func<PlanLimits, PlanLimits> change) =>
        WithPlans(plans => plans with { Limits = change(plans.Limits) });

    /// <summary>The same with another policy in all ways that have one; null for the preset's.</summary>
    public DecodingKnobs WithPolicy(UnmaskPolicy? policy) => this with
    {
        Planned = Planned with { Unmasking = policy },
        Diffusion = Diffusion with { Unmasking = policy },
        FastDllm = FastDllm with { Unmasking = policy },
    };

    /// <summary>The same with another ratio in all ways that have one.</summary>
    public DecodingKnobs WithStepsRatio(double ratio) => this with
    {
        Planned = Planned with { StepsRatio = ratio },
        Diffusion = Diffusion with { StepsRatio = ratio },
    };
}
