using System.Runtime.CompilerServices;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Engine;

/// <summary>How to answer. Immutable; the defaults are greedy planned decoding.</summary>
public sealed record GenerationOptions
{
    /// <summary>The usual <see cref="MaxLength"/>, where model and runner have that many positions.</summary>
    public const int DefaultMaxLength = 1024;

    /// <summary>The usual <see cref="MaxNewTokens"/> where an answer fills a fixed length.</summary>
    public const int DefaultFixedLength = 128;

    /// <summary>The way to decode, and its own knobs.</summary>
    public DecodingOptions Decoding { get; init; } = new PlannedOptions();

    /// <summary>
    /// Largest length, prompt included; null for <see cref="DefaultMaxLength"/>, or less if the model or the runner has
    /// less.
    /// </summary>
    public int? MaxLength { get; init; }

    /// <summary>
    /// Most new tokens, tags of plans and spans included; null for as many as <see cref="MaxLength"/> allows. Plain
    /// diffusion and Fast-dLLM give exactly so many, <see cref="DefaultFixedLength"/> if null.
    /// </summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>0, or less than <see cref="SamplingParams.LeastTemperature"/>, for greedy decoding.</summary>
    public float Temperature { get; init; }

    /// <summary>Nucleus probability, above 0; 1 keeps everything.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Number of tokens kept; 0 keeps everything.</summary>
    public int TopK { get; init; }

    /// <summary>Fixes every draw.</summary>
    public ulong Seed { get; init; }

    /// <summary>What decides how tokens are revealed where <see cref="Decoding"/> has no policy of its own.</summary>
    public Preset Preset { get; init; }

    /// <summary>What experiments need; null for none.</summary>
    public ExperimentOptions? Experiment { get; init; }

    internal SamplingParams Sampling => new(Temperature, TopP, TopK, Seed);

    /// <summary>
    /// The policy that decides on a model which tokens a denoise step reveals: that of <see cref="Decoding"/>, or else
    /// the preset's. Null for autoregressive decoding, where nothing is masked.
    /// </summary>
    public UnmaskPolicy? UnmaskingFor(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        UnmaskPolicy? own = Decoding switch
        {
            PlannedOptions planned => planned.Unmasking,
            DiffusionOptions diffusion => diffusion.Unmasking,
            FastDllmOptions { Unmasking: not ScheduledUnmasking } blocks => blocks.Unmasking, // no schedule
            _ => null,
        };
        return own ?? PresetTable.Unmasking(Preset, Decoding, config);
    }

    /// <summary>Checks every field, those of <see cref="Decoding"/> and <see cref="Experiment"/> included.</summary>
    /// <exception cref="ArgumentException">
    /// A field is outside its range, or <see cref="Decoding"/> cannot use what <see cref="Experiment"/> asks for. The
    /// parameter's name is the path of the property, such as <c>Decoding.Limits.Spans</c>; the message has path, value
    /// and range.
    /// </exception>
    public void Validate()
    {
        Require(Decoding is not null, Decoding, "one of the records of options");
        Require(MaxLength is null or >= 2, MaxLength, "at least 2");
        Require(MaxNewTokens is null or >= 1, MaxNewTokens, "at least 1");
        Require(Temperature >= 0 && float.IsFinite(Temperature), Temperature, "a finite number of at least 0");
        Require(TopP is > 0 and <= 1, TopP, "above 0 and at most 1");
        Require(TopK >= 0, TopK, "at least 0");
        Require(Enum.IsDefined(Preset), Preset, "one of the presets");
        Decoding!.Validate();
        Experiment?.Validate(Decoding);
    }

    private static void Require<T>(
        bool holds, T value, string range, [CallerArgumentExpression(nameof(value))] string name = "") =>
        OptionRange.Require(holds, value, range, name);
}
