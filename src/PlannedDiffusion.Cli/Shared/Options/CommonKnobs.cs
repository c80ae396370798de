using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>Reads and sets the knobs that several decoders share.</summary>
internal static class CommonKnobs
{
    /// <summary>The options with another policy, if the decoder has one. Null takes the preset's.</summary>
    public static GenerationOptions WithPolicy(GenerationOptions options, UnmaskPolicy? policy) => options with
    {
        Decoding = options.Decoding switch
        {
            PlannedOptions planned => planned with { Unmasking = policy },
            DiffusionOptions diffusion => diffusion with { Unmasking = policy },
            FastDllmOptions blocks => blocks with { Unmasking = policy },
            { } other => other,
        },
    };

    /// <summary>The options with another steps ratio, if the decoder has one.</summary>
    public static GenerationOptions WithStepsRatio(GenerationOptions options, double ratio) => options with
    {
        Decoding = options.Decoding switch
        {
            PlannedOptions planned => planned with { StepsRatio = ratio },
            DiffusionOptions diffusion => diffusion with { StepsRatio = ratio },
            { } other => other,
        },
    };

    /// <summary>The options with another length scale, if the decoder has one.</summary>
    public static GenerationOptions WithLengthScale(GenerationOptions options, double scale) =>
        options.Decoding is PlannedOptions planned
            ? options with { Decoding = planned with { LengthScale = scale } } : options;

    /// <summary>The policy; null for the preset's, or if the decoder has none.</summary>
    public static UnmaskPolicy? Unmasking(GenerationOptions options) => options.Decoding switch
    {
        PlannedOptions planned => planned.Unmasking,
        DiffusionOptions diffusion => diffusion.Unmasking,
        FastDllmOptions blocks => blocks.Unmasking,
        _ => null,
    };

    /// <summary>The steps ratio; null if the decoder has none.</summary>
    public static double? StepsRatio(GenerationOptions options) => options.Decoding switch
    {
        PlannedOptions planned => planned.StepsRatio,
        DiffusionOptions diffusion => diffusion.StepsRatio,
        _ => null,
    };

    /// <summary>The length scale; null if the decoder has none.</summary>
    public static double? LengthScale(GenerationOptions options) =>
        (options.Decoding as PlannedOptions)?.LengthScale;
}
