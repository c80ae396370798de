using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>A way to decode by its name on the command line.</summary>
/// <param name="Text">The name.</param>
/// <param name="Decoding">What it makes of the knobs of all ways.</param>
internal sealed record DecoderName(string Text, Func<DecodingKnobs, DecodingOptions> Decoding)
{
    /// <summary>As the checkpoint was trained.</summary>
    public static readonly DecoderName Planned = Planning("planned", SpanVisibility.FromCheckpoint);

    public static readonly DecoderName Sparse = Planning("sparse", SpanVisibility.Sparse);
    public static readonly DecoderName Dense = Planning("dense", SpanVisibility.Dense);
    public static readonly DecoderName Autoregressive = new("ar", knobs => knobs.Autoregressive);
    public static readonly DecoderName Diffusion = new("diffusion", knobs => knobs.Diffusion);
    public static readonly DecoderName FastDllm = new("fast-dllm", knobs => knobs.FastDllm);

    public static IReadOnlyList<DecoderName> All { get; } =
        [Planned, Sparse, Dense, Autoregressive, Diffusion, FastDllm];

    /// <summary>The way of a name; null for one that is none.</summary>
    public static DecoderName? Find(string text) => All.FirstOrDefault(known => known.Text == text);

    /// <summary>The name of some options.</summary>
    public static DecoderName Of(DecodingOptions decoding) => decoding switch
    {
        AutoregressiveOptions => Autoregressive,
        DiffusionOptions => Diffusion,
        FastDllmOptions => FastDllm,
        PlannedOptions { Visibility: SpanVisibility.Sparse } => Sparse,
        PlannedOptions { Visibility: SpanVisibility.Dense } => Dense,
        _ => Planned,
    };

    public override string ToString() => Text;

    private static DecoderName Planning(string text, SpanVisibility visibility) =>
        new(text, knobs => knobs.Planned with { Visibility = visibility });
}
