using PlannedDiffusion.Decoding.Planning;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>
/// The knobs of all decoders. The command line sets them before its decoders are known.
/// </summary>
internal sealed record DecodingKnobs
{
    /// <summary>The requested decoder, for commands with one decoder.</summary>
    public DecoderName Decoder { get; init; } = DecoderName.Planned;

    /// <summary>The requested policy. <see cref="Decided"/> puts it into the decoders' options.</summary>
    public PolicyChoice Policy { get; init; }

    /// <summary>The requested drafts; null for each decoder's default.</summary>
    public DraftKind? Drafts { get; init; }

    /// <summary>The options that all decoders share. Its <c>Decoding</c> is not used.</summary>
    public GenerationOptions Common { get; init; } = new();

    public PlannedOptions Planned { get; init; } = new();

    public AutoregressiveOptions Autoregressive { get; init; } = new();

    /// <summary>See <see cref="AutoOptions.MostArrivals"/>.</summary>
    public int? MostArrivals { get; init; }

    /// <summary>Planned or one token at a time, with the knobs of both.</summary>
    public AutoOptions Auto =>
        new() { Planned = Planned, Autoregressive = Autoregressive, MostArrivals = MostArrivals };

    public DiffusionOptions Diffusion { get; init; } = new();

    public FastDllmOptions FastDllm { get; init; } = new();

    /// <summary>The ablations, for planned decoding.</summary>
    public ExperimentOptions? Ablation { get; init; }

    /// <summary>The options of a decoder.</summary>
    public GenerationOptions For(DecoderName name) => For(name.Decoding(this));

    /// <summary>The options with these decoding options.</summary>
    public GenerationOptions For(DecodingOptions decoding) =>
        Common with { Decoding = decoding, Experiment = decoding is PlannedOptions ? Ablation : null };

    /// <summary>The same with the requested policy in all decoders that have one.</summary>
    /// <exception cref="Streams.UsageException">A number of it is out of range, or does not fit the policy.</exception>
    public DecodingKnobs Decided()
    {
        (Preset preset, UnmaskPolicy? policy) = Policy.Beside(Common.Preset);
        return WithCommon(common => common with { Preset = preset }).WithPolicy(policy);
    }

    /// <summary>The same with changed common options.</summary>
    public DecodingKnobs WithCommon(Func<GenerationOptions, GenerationOptions> change) =>
        this with { Common = change(Common) };

    /// <summary>The same with changed options of planned decoding.</summary>
    public DecodingKnobs WithPlans(Func<PlannedOptions, PlannedOptions> change) =>
        this with { Planned = change(Planned) };

    /// <summary>The same with changed limits of plans.</summary>
    public DecodingKnobs WithLimits(Func<PlanLimits, PlanLimits> change) =>
        WithPlans(plans => plans with { Limits = change(plans.Limits) });

    /// <summary>The same with another policy in all decoders that have one. Null takes the preset's.</summary>
    public DecodingKnobs WithPolicy(UnmaskPolicy? policy) => this with
    {
        Planned = Planned with { Unmasking = policy },
        Diffusion = Diffusion with { Unmasking = policy },
        FastDllm = FastDllm with { Unmasking = policy },
    };

    /// <summary>The same with another steps ratio in all decoders that have one.</summary>
    public DecodingKnobs WithStepsRatio(double ratio) => this with
    {
        Planned = Planned with { StepsRatio = ratio },
        Diffusion = Diffusion with { StepsRatio = ratio },
    };
}
