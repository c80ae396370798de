using System.CommandLine;
using System.Globalization;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>The options that describe a grid of decoding options, or name its cells.</summary>
internal sealed class GridOptions
{
    private readonly Option<string> _decoders = List(
        "--decoders", "name,..", $"Ways to decode: {DecodingWords.Decoders}.",
        string.Join(',', DecoderName.All.Except([DecoderName.Sparse])));

    private readonly Option<string> _stepsRatios = List(
        KnobTable.StepsRatio.Option, "r,..", "Denoise steps per token, for plans and plain diffusion. The default is " +
        "1 with the fast preset, and 1,0.5,0.25 with the published one.");

    private readonly Option<string> _presets = List(
        KnobTable.Preset.Option, "name,..", $"Presets of the unmasking schedule: {DecodingWords.Presets}.",
        DecodingWords.Presets.Of(new GenerationOptions().Preset));

    private readonly Option<string> _policies = List(
        KnobTable.Policy.Option, "name,..", "Policies that choose the masks to reveal, instead of a preset's: " +
        $"{DecodingWords.Policies}.");

    private readonly Option<string> _thresholds = List(
        KnobTable.Threshold.Option, "p,..", "Probabilities that a candidate must reach, with --policy threshold or " +
        "certain, or with --preset fast.");

    private readonly Option<string> _drafts = List(
        KnobTable.Drafts.Option, "name,..", "Drafts of tokens: grammar for plans, lookup for ar, none.");

    private readonly Option<string> _lengthScales = List(
        KnobTable.LengthScale.Option, "x,..", "Factors of the planned span lengths.", "1");

    private readonly Option<int> _diffusionLength = new("--diffusion-length")
    {
        Description = "Answer length of plain diffusion and Fast-dLLM, in tokens. Both fill a fixed length.",
        DefaultValueFactory = _ => GenerationOptions.DefaultFixedLength,
        HelpName = "n",
    };

    private readonly Option<bool> _noTopics = new(KnobTable.NoTopics.Option)
    {
        Description = "Run each planned cell again with the topics removed from its plans.",
    };

    private readonly Option<bool> _noSync = new(KnobTable.NoSync.Option)
    {
        Description = "Run each planned cell again without syncs: all spans in one round.",
    };

    private readonly Option<string> _cells = List(
        "--cells", "name,..", "Cells by name instead of a grid, such as sparse-r1-c0.9,diffusion-r0.5,ar. " +
        "A name has the decoder and its settings.");

    public GridOptions() => OptionChecks.AtLeast(1, _diffusionLength);

    private Option[] Varied =>
        [_decoders, _presets, _stepsRatios, _policies, _thresholds, _drafts, _lengthScales, _noTopics, _noSync];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[.. Varied, _cells, _diffusionLength]) command.Add(option);
    }

    /// <summary>Answer length of decoders that fill a fixed length, in tokens.</summary>
    public int DiffusionLength(ParseResult parse) => parse.GetValue(_diffusionLength);

    /// <summary>The cells, each with the fixed options.</summary>
    /// <exception cref="UsageException">A value is out of range, or there are too many cells.</exception>
    public EvaluationCell[] Read(ParseResult parse, DecodingKnobs basis)
    {
        int length = DiffusionLength(parse);
        string[] names = Items(parse, _cells);
        if (names.Length == 0) return [.. Grid(parse).Cells(basis).Select(cell => cell.Filling(length))];
        if (Varied.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } other)
            throw new UsageException($"--cells and {other.Name} exclude each other: the cell names have its values");
        return [.. names.Select(name => EvaluationCell.Parse(name, basis).Filling(length))
            .DistinctBy(cell => cell.Name)];
    }

    private EvaluationGrid Grid(ParseResult parse)
    {
        DecoderName[] decoders = Words(parse, _decoders, DecodingWords.Decoders);
        return new EvaluationGrid
        {
            Decoders = decoders,
            StepsRatios = [.. Items(parse, _stepsRatios).Select(text => Number(_stepsRatios, text))],
            Policies = Policies(parse),
            Drafts = FittingDrafts(parse, decoders),
            LengthScales = [.. Items(parse, _lengthScales).Select(text => Number(_lengthScales, text))],
            WithoutTopics = parse.GetValue(_noTopics),
            WithoutSyncs = parse.GetValue(_noSync),
        };
    }

    /// <summary>All pairs of presets and policies, with each threshold if the policy has one.</summary>
    private (Preset Preset, UnmaskPolicy? Policy)[] Policies(ParseResult parse)
    {
        float?[] thresholds = [.. Items(parse, _thresholds).Select(text => (float?)Number(_thresholds, text))];
        string?[] names = Words(parse, _policies, DecodingWords.Policies);
        var all = new List<(Preset, UnmaskPolicy?)>();
        bool taken = false;
        foreach (Preset preset in Words(parse, _presets, DecodingWords.Presets))
        {
            string? own = preset == Preset.Fast ? PolicyName.Certain : null;
            foreach (string? name in names.DefaultIfEmpty(own))
            {
                bool takes = name is PolicyName.Certain or PolicyName.Threshold;
                taken |= takes;
                foreach (float? threshold in takes ? thresholds.DefaultIfEmpty() : [null])
                    all.Add(new PolicyChoice(name, threshold).Beside(preset));
            }
        }

        return taken || thresholds.Length == 0 ? [.. all] : throw PolicyChoice.ThresholdIsOfNoUse();
    }

    private DraftKind[] FittingDrafts(ParseResult parse, IReadOnlyList<DecoderName> decoders)
    {
        DraftKind[] kinds = [.. Words(parse, _drafts, DecodingWords.Drafts).Select(kind => kind!.Value)];
        DecodingOptions[] ways = [.. decoders.Select(decoder => decoder.Decoding(new DecodingKnobs()))];
        foreach (DraftKind kind in kinds.Where(kind => !ways.Any(way => DraftKinds.Fit(kind, way))))
        {
            throw new UsageException(
                $"{_drafts.Name} {DecodingWords.Drafts.Of(kind)} fits none of {_decoders.Name}");
        }

        return kinds;
    }

    private static T[] Words<T>(ParseResult parse, Option<string> option, Words<T> words) =>
        [.. Items(parse, option).Select(word => words.Item(option.Name, word))];

    /// <summary>The items of a list option; empty if it was not given and has no default.</summary>
    private static string[] Items(ParseResult parse, Option<string> option)
    {
        string[] items = parse.GetRequiredValue(option)
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return items.Length > 0 || parse.GetResult(option) is not { Implicit: false }
            ? items : throw new UsageException($"{option.Name} is empty");
    }

    private static double Number(Option<string> option, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number)
            ? number
            : throw new UsageException($"{option.Name} '{text}': expected numbers, such as 1,0.5");

    private static Option<string> List(string name, string helpName, string description, string value = "") => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
        HelpName = helpName,
    };
}
