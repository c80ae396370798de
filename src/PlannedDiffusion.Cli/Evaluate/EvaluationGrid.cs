using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>
/// The settings that a grid varies. A list applies only to the decoders that have the setting: ratios to plans and
/// plain diffusion, policies to all but autoregressive decoding, length scales and ablations to plans, and drafts to
/// plans and autoregressive decoding. So no cell occurs twice.
/// </summary>
internal sealed record EvaluationGrid
{
    /// <summary>The most cells. A larger grid is a mistake, or would run for weeks.</summary>
    public const int MostCells = 256;

    /// <summary>Tokens per unit of a length in a plan. The grid's length scales are factors of it.</summary>
    public static readonly double NumberScale = new PlannedOptions().LengthScale;

    public required IReadOnlyList<DecoderName> Decoders { get; init; }

    /// <summary>Empty for the defaults: 1 with the fast preset, and 1, 0.5 and 0.25 with the published one.</summary>
    public IReadOnlyList<double> StepsRatios { get; init; } = [];

    /// <summary>The policies. A null policy is the preset's own, which depends on the decoder.</summary>
    public IReadOnlyList<(Preset Preset, UnmaskPolicy? Policy)> Policies { get; init; } = [(Preset.Published, null)];

    /// <summary>Empty for each decoder's default drafts.</summary>
    public IReadOnlyList<DraftKind> Drafts { get; init; } = [];

    /// <summary>Factors of the planned lengths.</summary>
    public required IReadOnlyList<double> LengthScales { get; init; }

    /// <summary>True to run each planned cell once more without topics.</summary>
    public bool WithoutTopics { get; init; }

    /// <summary>True to run each planned cell once more without syncs.</summary>
    public bool WithoutSyncs { get; init; }

    /// <summary>The cells, each with the fixed options.</summary>
    /// <exception cref="UsageException">There are too many, or a value is out of range.</exception>
    public EvaluationCell[] Cells(DecodingKnobs basis)
    {
        long most = (long)Decoders.Count * Math.Max(1, StepsRatios.Count) * Policies.Count * LengthScales.Count;
        if (most > MostCells) // checked before the cells are made, which takes long for a million
            throw new UsageException($"the grid has up to {most} cells; {MostCells} is the most");
        EvaluationCell[] cells = [.. Decoders.SelectMany(decoder => Of(basis.For(decoder)))
            .Select(options => EvaluationCell.Of(OptionMessages.Checked(options))).DistinctBy(cell => cell.Name)];
        return cells.Length <= MostCells
            ? cells : throw new UsageException($"the grid has {cells.Length} cells; {MostCells} is the most");
    }

    private IEnumerable<GenerationOptions> Of(GenerationOptions basis) => basis.Decoding switch
    {
        AutoregressiveOptions => WithDrafts(basis),
        FastDllmOptions => WithPolicies(basis),
        DiffusionOptions => WithPolicies(basis).SelectMany(WithRatios),
        _ => WithPolicies(basis).SelectMany(WithRatios).SelectMany(WithDrafts).SelectMany(WithScales)
            .SelectMany(WithAblations),
    };

    private IEnumerable<GenerationOptions> WithPolicies(GenerationOptions options) =>
        Policies.Select(way => CommonKnobs.WithPolicy(options with { Preset = way.Preset }, way.Policy));

    private IEnumerable<GenerationOptions> WithRatios(GenerationOptions options)
    {
        IReadOnlyList<double> own = options.Preset == Preset.Fast ? [1] : [1, 0.5, 0.25];
        return (StepsRatios.Count > 0 ? StepsRatios : own).Select(ratio => CommonKnobs.WithStepsRatio(options, ratio));
    }

    private IEnumerable<GenerationOptions> WithDrafts(GenerationOptions options)
    {
        DraftKind[] some = [.. Drafts.Where(drafts => DraftKinds.Fit(drafts, options.Decoding))];
        return some.Length == 0 ? [options] : some.Select(
            drafts => options with { Decoding = DraftKinds.With(options.Decoding, drafts) });
    }

    private IEnumerable<GenerationOptions> WithScales(GenerationOptions options) =>
        LengthScales.Select(scale => CommonKnobs.WithLengthScale(options, scale * NumberScale));

    private IEnumerable<GenerationOptions> WithAblations(GenerationOptions options)
    {
        yield return options;
        if (WithoutTopics) yield return options with { Experiment = new ExperimentOptions { DropTopics = true } };
        if (WithoutSyncs) yield return options with { Experiment = new ExperimentOptions { DropSyncs = true } };
    }
}
