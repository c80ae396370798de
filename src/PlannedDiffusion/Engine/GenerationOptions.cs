using System.Runtime.CompilerServices;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Engine;

/// <summary>Options of a request. Immutable. The default is greedy planned decoding.</summary>
public sealed record GenerationOptions
{
    /// <summary>The default of <see cref="MaxLength"/>, if model and runner have that many positions.</summary>
    public const int DefaultMaxLength = 1024;

    /// <summary>The default of <see cref="MaxNewTokens"/> for answers of a fixed length.</summary>
    public const int DefaultFixedLength = 128;

    /// <summary>The most <see cref="StopStrings"/>.</summary>
    public const int MaxStopStrings = 4;

    /// <summary>The way to decode, with its own options.</summary>
    public DecodingOptions Decoding { get; init; } = new PlannedOptions();

    /// <summary>
    /// The largest length, prompt included. Null for <see cref="DefaultMaxLength"/>, or less if the model or the runner
    /// has fewer positions.
    /// </summary>
    public int? MaxLength { get; init; }

    /// <summary>
    /// The most new tokens, with the tags of plans and spans. Null for as many as <see cref="MaxLength"/> allows. Plain
    /// diffusion and Fast-dLLM fill exactly this length, or <see cref="DefaultFixedLength"/> if null.
    /// </summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>0, or less than <see cref="SamplingParams.LeastTemperature"/>, for greedy decoding.</summary>
    public float Temperature { get; init; }

    /// <summary>Nucleus probability, above 0; 1 keeps everything.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>The number of tokens to keep; 0 keeps everything.</summary>
    public int TopK { get; init; }

    /// <summary>The seed of all draws.</summary>
    public ulong Seed { get; init; }

    /// <summary>The choice of the unmasking policy if <see cref="Decoding"/> has none.</summary>
    public Preset Preset { get; init; }

    /// <summary>
    /// Strings that end the answer, up to <see cref="MaxStopStrings"/>. They are looked for in the settled text, over
    /// the limits of tokens and spans. The text ends before the string, and loses nothing else. Of several strings the
    /// one counts that ends first, of those the longest. The request ends within a step after the string has settled.
    /// Plans, spans and tokens of the result are not cut.
    /// </summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Options for experiments; null for none.</summary>
    public ExperimentOptions? Experiment { get; init; }

    internal SamplingParams Sampling => new(Temperature, TopP, TopK, Seed);

    /// <summary>
    /// The policy that decides which tokens a denoise step reveals, on a model: that of <see cref="Decoding"/>, or else
    /// the preset's. Null for autoregressive decoding, which has no masks.
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

    /// <summary>Checks every field, with those of <see cref="Decoding"/> and <see cref="Experiment"/>.</summary>
    /// <exception cref="ArgumentException">
    /// A field is outside its range, or <see cref="Decoding"/> cannot use a field of <see cref="Experiment"/>. The
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
        Require(
            StopStrings is { Count: <= MaxStopStrings }, StopStrings?.Count, $"up to {MaxStopStrings}", "StopStrings");
        Require(
            !StopStrings!.Any(string.IsNullOrEmpty), "a list with an empty string", "strings that are not empty",
            nameof(StopStrings));
        Decoding!.Validate();
        Experiment?.Validate(Decoding);
    }

    private static void Require<T>(
        bool holds, T value, string range, [CallerArgumentExpression(nameof(value))] string name = "") =>
        OptionRange.Require(holds, value, range, name);
}
