using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Models;

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
    private const float Dense = 0.995f;

    /// <summary>The policy of a preset for a way to decode on a model; null where nothing is masked.</summary>
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
