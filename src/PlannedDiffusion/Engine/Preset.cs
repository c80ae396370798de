using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Engine;

/// <summary>What decides how decoding reveals tokens, in one word.</summary>
public enum Preset
{
    /// <summary>As published: the schedule by entropy; Fast-dLLM by its own threshold.</summary>
    Published,

    /// <summary>All that is certain at once, with a threshold that fits the way to decode.</summary>
    Fast,
}

/// <summary>What the presets say.</summary>
internal static class PresetTable
{
    /// <summary>The policy of a preset for a way to decode.</summary>
    /// <param name="preset">The preset.</param>
    /// <param name="decoder">The way to decode.</param>
    /// <param name="dense">True if <see cref="DecoderKind.Planned"/> is dense: the checkpoint says so.</param>
    public static UnmaskPolicy Unmasking(Preset preset, DecoderKind decoder, bool dense) => (preset, decoder) switch
    {
        (Preset.Published, DecoderKind.FastDllm) => new ThresholdUnmasking(0.9f),
        (Preset.Published, _) => new ScheduledUnmasking(ConfidenceKind.NegativeEntropy),
        (_, DecoderKind.PlannedDense) => new CertainUnmasking(0.995f),
        (_, DecoderKind.Planned) when dense => new CertainUnmasking(0.995f),
        (_, DecoderKind.Diffusion) => new CertainUnmasking(0.95f),
        _ => new CertainUnmasking(0.9f),
    };
}
