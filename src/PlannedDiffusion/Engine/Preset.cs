using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Engine;

/// <summary>A named choice of the unmasking policy.</summary>
public enum Preset
{
    /// <summary>As published: a schedule ranked by entropy; for Fast-dLLM its own threshold.</summary>
    Published,

    /// <summary>Everything that is certain at once, with a threshold that fits the way to decode.</summary>
    Fast,
}

/// <summary>The policies of the presets.</summary>
internal static class PresetTable
{
    private const float Dense = 0.995f;

    /// <summary>The policy of a preset for a way to decode and a model; null if nothing is masked.</summary>
    public static UnmaskPolicy? Unmasking(Preset preset, DecodingOptions decoding, ModelConfig config) =>
        (preset, decoding) switch
        {
            (_, AutoregressiveOptions) => null,
            (Preset.Published, FastDllmOptions) => new ThresholdUnmasking(),
            (Preset.Published, _) => new ScheduledUnmasking(),
            (_, PlannedOptions planned) when planned.IsDense(config) => new CertainUnmasking(Dense),
            (_, DiffusionOptions) => new CertainUnmasking(0.95f),
            _ => new CertainUnmasking(),
        };
}
