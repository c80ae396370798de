using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Shared.Options;

/// <summary>A decoder and its name on the command line.</summary>
/// <param name="Text">The name.</param>
/// <param name="Decoding">Selects its options from the knobs of all decoders.</param>
internal sealed record DecoderName(string Text, Func<DecodingKnobs, DecodingOptions> Decoding)
{
    /// <summary>Planned decoding, with spans isolated or not as the checkpoint was trained.</summary>
    public static readonly DecoderName Planned = Planning("planned", SpanVisibility.FromCheckpoint);

    public static readonly DecoderName Sparse = Planning("sparse", SpanVisibility.Sparse);
    public static readonly DecoderName Dense = Planning("dense", SpanVisibility.Dense);
    public static readonly DecoderName Autoregressive = new("ar", knobs => knobs.Autoregressive);
    public static readonly DecoderName Diffusion = new("diffusion", knobs => knobs.Diffusion);
    public static readonly DecoderName FastDllm = new("fast-dllm", knobs => knobs.FastDllm);

    /// <summary>Planned or one token at a time, as many requests arrive.</summary>
    public static readonly DecoderName Auto = new("auto", knobs => knobs.Auto);

    /// <summary>All that decode in one way.</summary>
    public static IReadOnlyList<DecoderName> All { get; } =
        [Planned, Sparse, Dense, Autoregressive, Diffusion, FastDllm];

    /// <summary>The decoder with a name; null for an unknown name.</summary>
    public static DecoderName? Find(string text) => All.FirstOrDefault(known => known.Text == text);

    /// <summary>The decoder of some options.</summary>
    public static DecoderName Of(DecodingOptions decoding) => decoding switch
    {
        AutoOptions => Auto,
        AutoregressiveOptions => Autoregressive,
        DiffusionOptions => Diffusion,
        FastDllmOptions => FastDllm,
        PlannedOptions { Visibility: SpanVisibility.Sparse } => Sparse,
        PlannedOptions { Visibility: SpanVisibility.Dense } => Dense,
        _ => Planned,
    };

    /// <summary>The options with the way that a result was decoded in.</summary>
    public static GenerationOptions Taken(GenerationOptions options, GenerationResult result)
    {
        if (options.Decoding is not AutoOptions auto) return options;
        bool planned = result.Decoder == auto.Planned.Name;
        return options with { Decoding = planned ? auto.Planned : auto.Autoregressive };
    }

    public override string ToString() => Text;

    private static DecoderName Planning(string text, SpanVisibility visibility) =>
        new(text, knobs => knobs.Planned with { Visibility = visibility });
}
