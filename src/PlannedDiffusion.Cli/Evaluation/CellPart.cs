using System.Globalization;
using PlannedDiffusion.Cli.Commands;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;

namespace PlannedDiffusion.Cli.Evaluation;

/// <summary>A part of a cell's name: a mark alone, or a mark and a number. It goes unnamed where it is usual.</summary>
/// <param name="Mark">What it begins with.</param>
/// <param name="Knob">What it sets, in words.</param>
/// <param name="Applies">True for the decoders that it means something to.</param>
/// <param name="Number">Its number in some options, <c>""</c> for a mark alone; null where it goes unnamed.</param>
/// <param name="With">The options with its number.</param>
internal sealed record CellPart(
    string Mark,
    string Knob,
    Func<DecoderKind, bool> Applies,
    Func<GenerationOptions, string?> Number,
    Func<GenerationOptions, double, GenerationOptions> With)
{
    private const string Policy = "the policy";

    /// <summary>All, in the order of a name.</summary>
    public static IReadOnlyList<CellPart> All { get; } =
    [
        new("r", "the steps ratio", HasSchedule, o => Digits(o.StepsRatio), (o, x) => o with { StepsRatio = x }),
        Ranking("max-prob", ConfidenceKind.Probability),
        Ranking("margin", ConfidenceKind.Margin),
        new("t", Policy, Denoises, o => Digits((o.Unmasking as ThresholdUnmasking)?.Threshold),
            (o, x) => o with { Unmasking = DecodingOptions.Policy(DecodingOptions.Threshold, (float)x) }),
        new("c", Policy, Denoises, o => Digits((o.Unmasking as CertainUnmasking)?.Threshold),
            (o, x) => o with { Unmasking = DecodingOptions.Policy(DecodingOptions.Certain, (float)x) }),
        new("f", Policy, Denoises, o => Digits((o.Unmasking as FactorUnmasking)?.Factor),
            (o, x) => o with { Unmasking = new FactorUnmasking((float)x) }),
        Flag("fast", Policy, Denoises, o => o is { Preset: Preset.Fast, Unmasking: null },
            o => o with { Preset = Preset.Fast, Unmasking = null }),
        new("l", "the length scale", EvaluationCell.Plans,
            o => o.LengthScale == EvaluationGrid.NumberScale
                ? null : Digits(o.LengthScale / EvaluationGrid.NumberScale),
            (o, x) => o with { LengthScale = x * EvaluationGrid.NumberScale }),
        Flag("no-topics", "topics", EvaluationCell.Plans, o => o.DropTopics, o => o with { DropTopics = true }),
        Flag("no-sync", "syncs", EvaluationCell.Plans, o => o.DropSyncs, o => o with { DropSyncs = true }),
        Flag("no-drafts", "drafts", EvaluationCell.Plans, o => o.Drafts == Drafts.None,
            o => o with { Drafts = Drafts.None }),
        Flag("lookup", "drafts", kind => kind == DecoderKind.Autoregressive, o => o.Drafts == Drafts.PromptLookup,
            o => o with { Drafts = Drafts.PromptLookup }),
        new("temp", "the temperature", _ => true, o => o.Temperature == 0 ? null : Digits(o.Temperature),
            (o, x) => o with { Temperature = (float)x }),
        new("p", "top-p", _ => true, o => o.TopP == 1 ? null : Digits(o.TopP), (o, x) => o with { TopP = (float)x }),
    ];

    /// <summary>Each as it may stand in a name.</summary>
    public static IEnumerable<string> Examples => All.Select(part => part.IsAlone ? part.Mark : $"{part.Mark}0.5");

    private bool IsAlone { get; init; }

    /// <summary>How some options say it in a name; null where it goes unnamed.</summary>
    public string? Text(GenerationOptions options) => Number(options) is { } number ? Mark + number : null;

    /// <summary>The part that a text begins with, and its number, <c>""</c> for a mark alone.</summary>
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

    /// <summary>The options with its number, or with its mark alone.</summary>
    public GenerationOptions Set(GenerationOptions options, string number) => With(options, Value(number) ?? 0);

    private static bool HasSchedule(DecoderKind kind) => EvaluationCell.Plans(kind) || kind == DecoderKind.Diffusion;

    private static bool Denoises(DecoderKind kind) => kind != DecoderKind.Autoregressive;

    private static CellPart Ranking(string mark, ConfidenceKind confidence) => Flag(
        mark, Policy, HasSchedule, o => o.Unmasking is ScheduledUnmasking policy && policy.Confidence == confidence,
        o => o with { Unmasking = new ScheduledUnmasking(confidence) });

    private static CellPart Flag(
        string mark,
        string knob,
        Func<DecoderKind, bool> applies,
        Func<GenerationOptions, bool> isSet,
        Func<GenerationOptions, GenerationOptions> with) =>
        new(mark, knob, applies, o => isSet(o) ? "" : null, (o, _) => with(o)) { IsAlone = true };

    private static string? Digits(IFormattable? number) => number?.ToString(null, CultureInfo.InvariantCulture);

    private static double? Value(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? number : null;
}
