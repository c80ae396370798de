using System.CommandLine;
using System.Globalization;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>The options of a grid of ways to decode, or the names of its cells.</summary>
internal sealed class GridOptions
{
    private readonly Option<string> _decoders = List(
        "--decoders", "name,..", $"Ways to decode: {DecodingWords.Decoders}.",
        string.Join(',', DecoderName.All.Except([DecoderName.Sparse])));

    private readonly Option<string> _stepsRatios = List(
        KnobTable.StepsRatio.Option, "r,..", "Denoise steps per token, for plans and plain diffusion; without it, 1 " +
        "with the fast preset, and 1,0.5,0.25 as published.");

    private readonly Option<string> _presets = List(
        KnobTable.Preset.Option, "name,..", $"How masks are revealed, in one word: {DecodingWords.Presets}.",
        DecodingWords.Presets.Of(new GenerationOptions().Preset));

    private readonly Option<string> _policies = List(
        KnobTable.Policy.Option, "name,..", "How masks are chosen for revealing, in place of a preset: " +
        $"{DecodingWords.Policies}.");

    private readonly Option<string> _thresholds = List(
        KnobTable.Threshold.Option, "p,..", "Probabilities that a candidate must reach, with --policy threshold or " +
        "certain, or with --preset fast.");

    private readonly Option<string> _drafts = List(
        KnobTable.Drafts.Option, "name,..", "Drafts of tokens: grammar for plans, lookup for one token at a time, " +
        "none.");

    private readonly Option<string> _lengthScales = List(
        KnobTable.LengthScale.Option, "x,..", "Factors of the lengths that plans name.", "1");

    private readonly Option<int> _diffusionLength = new("--diffusion-length")
    {
        Description = "Tokens of an answer of plain diffusion and Fast-dLLM, which fill a fixed length.",
        DefaultValueFactory = _ => GenerationOptions.DefaultFixedLength,
        HelpName = "n",
    };

    private readonly Option<bool> _noTopics = new(KnobTable.NoTopics.Option)
    {
        Description = "Run each planned cell once more with the topics taken out of its plans.",
    };

    private readonly Option<bool> _noSync = new(KnobTable.NoSync.Option)
    {
        Description = "Run each planned cell once more with nothing waiting for a sync: all spans in one round.",
    };

    private readonly Option<string> _cells = List(
        "--cells", "name,..", "The cells by name in place of a grid, such as sparse-r1-c0.9,diffusion-r0.5,ar; " +
        "a name has the decoder and what it varies.");

    public GridOptions() => OptionChecks.AtLeast(1, _diffusionLength);

    private Option[] Varied =>
        [_decoders, _presets, _stepsRatios, _policies, _thresholds, _drafts, _lengthScales, _noTopics, _noSync];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[.. Varied, _cells, _diffusionLength]) command.Add(option);
    }

    /// <summary>Tokens of an answer whose length is fixed.</summary>
    public int DiffusionLength(ParseResult parse) => parse.GetValue(_diffusionLength);

    /// <summary>The cells, each with the fixed options.</summary>
    /// <exception cref="UsageException">A value is out of range, or there are too many cells.</exception>
    public EvaluationCell[] Read(ParseResult parse, DecodingKnobs basis)
    {
        int length = DiffusionLength(parse);
        string[] names = Items(parse, _cells);
        if (names.Length == 0) return [.. Grid(parse).Cells(basis).Select(cell => cell.Filling(length))];
        if (Varied.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } other)
            throw new UsageException($"--cells names what {other.Name} would vary: give one of them");
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

    /// <summary>Presets and policies, these with each threshold where they have one.</summary>
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

    /// <summary>The items of a list; none where the option is not given and usually has none.</summary>
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
