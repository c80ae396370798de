using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>Knobs that mean the same in several ways to decode.</summary>
internal static class CommonKnobs
{
    /// <summary>The options with another policy, in a way that has one; null for the preset's.</summary>
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

    /// <summary>The options with another ratio, in a way that has one.</summary>
    public static GenerationOptions WithStepsRatio(GenerationOptions options, double ratio) => options with
    {
        Decoding = options.Decoding switch
        {
            PlannedOptions planned => planned with { StepsRatio = ratio },
            DiffusionOptions diffusion => diffusion with { StepsRatio = ratio },
            { } other => other,
        },
    };

    /// <summary>The options with another length scale, in a way that has one.</summary>
    public static GenerationOptions WithLengthScale(GenerationOptions options, double scale) =>
        options.Decoding is PlannedOptions planned
            ? options with { Decoding = planned with { LengthScale = scale } } : options;

    /// <summary>Their policy; null for the preset's, or in a way that has none.</summary>
    public static UnmaskPolicy? Unmasking(GenerationOptions options) => options.Decoding switch
    {
        PlannedOptions planned => planned.Unmasking,
        DiffusionOptions diffusion => diffusion.Unmasking,
        FastDllmOptions blocks => blocks.Unmasking,
        _ => null,
    };

    /// <summary>Their ratio; null in a way that has none.</summary>
    public static double? StepsRatio(GenerationOptions options) => options.Decoding switch
    {
        PlannedOptions planned => planned.StepsRatio,
        DiffusionOptions diffusion => diffusion.StepsRatio,
        _ => null,
    };

    /// <summary>Their length scale; null in a way that has none.</summary>
    public static double? LengthScale(GenerationOptions options) =>
        (options.Decoding as PlannedOptions)?.LengthScale;
}
