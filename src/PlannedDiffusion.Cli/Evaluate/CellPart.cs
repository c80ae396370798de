using System.Globalization;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>
/// A part of a cell's name: a mark, which may be followed by a number. Most parts are left out at their default.
/// </summary>
/// <param name="Mark">The text that it begins with.</param>
/// <param name="Knob">The setting, in words. A name has at most one part for each setting.</param>
/// <param name="Applies">True for the decoders that have the setting.</param>
/// <param name="Number">
/// Reads the number from options: <c>""</c> for a mark without a number; null for the default value.
/// </param>
/// <param name="With">Sets the number in options.</param>
internal sealed record CellPart(
    string Mark,
    string Knob,
    Func<DecodingOptions, bool> Applies,
    Func<GenerationOptions, string?> Number,
    Func<GenerationOptions, double, GenerationOptions> With)
{
    private const string Policy = "the policy";

    /// <summary>All parts, in their order in a name.</summary>
    public static IReadOnlyList<CellPart> All { get; } =
    [
        new("r", "the steps ratio", HasSchedule, o => Digits(CommonKnobs.StepsRatio(o)), CommonKnobs.WithStepsRatio),
        Ranking("max-prob", ConfidenceKind.Probability),
        Ranking("margin", ConfidenceKind.Margin),
        new("t", Policy, Denoises, o => Digits((CommonKnobs.Unmasking(o) as ThresholdUnmasking)?.Threshold),
            (o, x) => CommonKnobs.WithPolicy(o, Choice(PolicyName.Threshold, (float)x))),
        new("c", Policy, Denoises, o => Digits((CommonKnobs.Unmasking(o) as CertainUnmasking)?.Threshold),
            (o, x) => CommonKnobs.WithPolicy(o, Choice(PolicyName.Certain, (float)x))),
        new("f", Policy, Denoises, o => Digits((CommonKnobs.Unmasking(o) as FactorUnmasking)?.Factor),
            (o, x) => CommonKnobs.WithPolicy(o, new FactorUnmasking((float)x))),
        Flag("fast", Policy, Denoises, o => o.Preset == Preset.Fast && CommonKnobs.Unmasking(o) is null,
            o => CommonKnobs.WithPolicy(o with { Preset = Preset.Fast }, null)),
        new("l", "the length scale", Plans,
            o => CommonKnobs.LengthScale(o) is { } scale && scale != EvaluationGrid.NumberScale
                ? Digits(scale / EvaluationGrid.NumberScale) : null,
            (o, x) => CommonKnobs.WithLengthScale(o, x * EvaluationGrid.NumberScale)),
        Flag("no-topics", "topics", Plans, o => o.Experiment is { DropTopics: true },
            o => o with { Experiment = (o.Experiment ?? new ExperimentOptions()) with { DropTopics = true } }),
        Flag("no-sync", "syncs", Plans, o => o.Experiment is { DropSyncs: true },
            o => o with { Experiment = (o.Experiment ?? new ExperimentOptions()) with { DropSyncs = true } }),
        Flag("no-drafts", "drafts", Plans, o => o.Decoding is PlannedOptions { DraftPlans: false },
            o => o with { Decoding = DraftKinds.With(o.Decoding, DraftKind.None) }),
        Flag("lookup", "drafts", decoding => decoding is AutoregressiveOptions,
            o => o.Decoding is AutoregressiveOptions { PromptLookup: true },
            o => o with { Decoding = DraftKinds.With(o.Decoding, DraftKind.Lookup) }),
        new("temp", "the temperature", _ => true, o => o.Temperature == 0 ? null : Digits(o.Temperature),
            (o, x) => o with { Temperature = (float)x }),
        new("p", "top-p", _ => true, o => o.TopP == 1 ? null : Digits(o.TopP), (o, x) => o with { TopP = (float)x }),
    ];

    /// <summary>An example of each part.</summary>
    public static IEnumerable<string> Examples => All.Select(part => part.IsAlone ? part.Mark : $"{part.Mark}0.5");

    private bool IsAlone { get; init; }

    /// <summary>The text of the part for these options; null if it is left out.</summary>
    public string? Text(GenerationOptions options) => Number(options) is { } number ? Mark + number : null;

    /// <summary>The part that a text begins with, and its number; <c>""</c> for a mark without one.</summary>
    public static (CellPart Part, string Number)? First(string text)
    {
        foreach (CellPart part in All.Where(part => text.StartsWith(part.Mark, StringComparison.Ordinal)))
        {
            int end = text.IndexOf('-', part.Mark.Length);
            string number = end < 0 ? text[part.Mark.Length..] : text[part.Mark.Length..end];
            if (part.IsAlone ? number.Length == 0 : Value(number) is not null) return (part, number);
        }

        return null;
    }

    /// <summary>The options with the setting of this part. A mark alone has the number <c>""</c>.</summary>
    public GenerationOptions Set(GenerationOptions options, string number) => With(options, Value(number) ?? 0);

    private static UnmaskPolicy? Choice(string name, float threshold) =>
        new PolicyChoice(name, threshold).Beside(Preset.Published).Policy;

    private static bool Plans(DecodingOptions decoding) => decoding is PlannedOptions;

    private static bool HasSchedule(DecodingOptions decoding) => decoding is PlannedOptions or DiffusionOptions;

    private static bool Denoises(DecodingOptions decoding) => decoding is not AutoregressiveOptions;

    private static CellPart Ranking(string mark, ConfidenceKind confidence) => Flag(
        mark,
        Policy,
        HasSchedule,
        o => CommonKnobs.Unmasking(o) is ScheduledUnmasking policy && policy.Confidence == confidence,
        o => CommonKnobs.WithPolicy(o, new ScheduledUnmasking(confidence)));

    private static CellPart Flag(
        string mark,
        string knob,
        Func<DecodingOptions, bool> applies,
        Func<GenerationOptions, bool> isSet,
        Func<GenerationOptions, GenerationOptions> with) =>
        new(mark, knob, applies, o => isSet(o) ? "" : null, (o, _) => with(o)) { IsAlone = true };

    private static string? Digits(IFormattable? number) => number?.ToString(null, CultureInfo.InvariantCulture);

    private static double? Value(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? number : null;
}
