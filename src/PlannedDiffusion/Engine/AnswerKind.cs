using PlannedDiffusion.Decoding.Unmasking;

namespace PlannedDiffusion.Engine;

/// <summary>
/// Requests whose answers take about as many rows per token: the way to decode, the steps ratio in sixteenths, the type
/// of the policy, and the preset. There are few of them, whatever callers ask for.
/// </summary>
internal readonly record struct AnswerKind(string Decoder, int Ratio, string? Policy, Preset Preset)
{
    public static AnswerKind Of(DecodingOptions decoding, Preset preset)
    {
        UnmaskPolicy? policy = decoding switch
        {
            PlannedOptions planned => planned.Unmasking,
            DiffusionOptions diffusion => diffusion.Unmasking,
            FastDllmOptions blocks => blocks.Unmasking,
            _ => null,
        };
        return new AnswerKind(
            decoding.TelemetryName, (int)Math.Round(16 * StepsRatio(decoding)), policy?.GetType().Name, preset);
    }

    /// <summary>Denoise steps per token; 1 where there is no such knob.</summary>
    public static double StepsRatio(DecodingOptions decoding) => decoding switch
    {
        PlannedOptions planned => planned.StepsRatio,
        DiffusionOptions diffusion => diffusion.StepsRatio,
        _ => 1,
    };
}
