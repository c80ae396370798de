using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>
/// The knobs of all ways to decode: a command line sets them before it is known which ways it asks for.
/// </summary>
internal sealed record DecodingKnobs
{
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
