using System.CommandLine;
using System.Globalization;
using PlannedDiffusion.Cli.Evaluation;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Commands;

/// <summary>The options of a grid of ways to decode, or the names of its cells.</summary>
internal sealed class GridOptions
{
    private static readonly (Preset, string)[] Presets = [(Preset.Published, "published"), (Preset.Fast, "fast")];

    private static readonly (Drafts, string)[] DraftNames =
        [(Drafts.PlanGrammar, "grammar"), (Drafts.PromptLookup, "lookup"), (Drafts.None, "none")];

    private readonly Option<string> _decoders = List(
        "--decoders", "name,..", "Ways to decode: planned, sparse, dense, ar, diffusion, fast-dllm.",
        "planned,dense,ar,diffusion,fast-dllm");

    private readonly Option<string> _stepsRatios = List(
        "--steps-ratio", "r,..", "Denoise steps per token, for plans and plain diffusion; without it, 1 with the " +
        "fast preset, and 1,0.5,0.25 as published.", "");

    private readonly Option<string> _presets = List(
        "--preset", "name,..", "How masks are revealed, in one word: published, fast.", "published");

    private readonly Option<string> _policies = List(
        "--policy", "name,..", "How masks are chosen for revealing, in place of a preset: entropy, max-prob, margin, " +
        "threshold, certain.", "");

    private readonly Option<string> _thresholds = List(
        "--threshold", "p,..", "Probabilities that a candidate must reach, with --policy threshold or certain, or " +
        "with --preset fast.", "");

    private readonly Option<string> _drafts = List(
        "--drafts", "name,..", "Drafts of tokens: grammar for plans, lookup for one token at a time, none.", "");

    private readonly Option<string> _lengthScales = List(
        "--length-scale", "x,..", "Factors of the lengths that plans name.", "1");

    private readonly Option<int> _diffusionLength = new("--diffusion-length")
    {
        Description = "Tokens of an answer of plain diffusion and Fast-dLLM, which fill a fixed length.",
        DefaultValueFactory = _ => 128,
        HelpName = "n",
    };

    private readonly Option<bool> _noTopics = new("--no-topics")
    {
        Description = "Run each planned cell once more with the topics taken out of its plans.",
    };

    private readonly Option<bool> _noSync = new("--no-sync")
    {
        Description = "Run each planned cell once more with nothing waiting for a sync: all spans in one round.",
    };

    private readonly Option<string> _cells = List(
        "--cells", "name,..", "The cells by name in place of a grid, such as sparse-r1-c0.9,diffusion-r0.5,ar; " +
        "a name has the decoder and what it varies.", "");

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
    public EvaluationCell[] Read(ParseResult parse, GenerationOptions basis)
    {
        int length = DiffusionLength(parse);
        string[] names = Items(parse, _cells);
        if (names.Length == 0) return [.. Grid(parse).Cells(basis).Select(cell => cell.Filling(length))];
        if (Varied.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } other)
            throw new UsageException($"--cells names what {other.Name} would vary: give one of them");
        return [.. names.Select(name => EvaluationCell.Parse(name, basis).Filling(length))
            .DistinctBy(cell => cell.Name)];
    }

    private EvaluationGrid Grid(ParseResult parse) => new()
    {
        Decoders = [.. SomeItems(parse, _decoders).Select(name => One(_decoders, name, DecodingOptions.Names))],
        StepsRatios = [.. Items(parse, _stepsRatios).Select(text => Number(_stepsRatios, text))],
        Policies = Policies(parse),
        Drafts = [.. Items(parse, _drafts).Select(name => One(_drafts, name, DraftNames))],
        LengthScales = [.. SomeItems(parse, _lengthScales).Select(text => Number(_lengthScales, text))],
        WithoutTopics = parse.GetValue(_noTopics),
        WithoutSyncs = parse.GetValue(_noSync),
    };

    /// <summary>Presets and policies, these with each threshold where they have one.</summary>
    private (Preset Preset, UnmaskPolicy? Policy)[] Policies(ParseResult parse)
    {
        float?[] thresholds = [.. Items(parse, _thresholds).Select(text => (float?)Threshold(text)).DefaultIfEmpty()];
        string[] names = Items(parse, _policies);
        (Preset Preset, UnmaskPolicy? Policy)[] all =
        [
            .. from preset in SomeItems(parse, _presets).Select(name => One(_presets, name, Presets))
               from name in names.Length > 0 || preset != Preset.Fast ? names.DefaultIfEmpty() : ["certain"]
               from threshold in thresholds
               select Policy(preset, name, threshold),
        ];
        return thresholds is [null] || all.Any(one => one.Policy is ThresholdUnmasking or CertainUnmasking)
            ? all : throw new UsageException(
                "--threshold is part of --policy threshold or certain, or of --preset fast");
    }

    // All that is certain, without a threshold, is what the fast preset is: it has one for each way to decode.
    private static (Preset Preset, UnmaskPolicy? Policy) Policy(Preset preset, string? name, float? threshold) =>
        name switch
        {
            null => (preset, null),
            "entropy" => (preset, new ScheduledUnmasking(ConfidenceKind.NegativeEntropy)),
            "max-prob" => (preset, new ScheduledUnmasking(ConfidenceKind.Probability)),
            "margin" => (preset, new ScheduledUnmasking(ConfidenceKind.Margin)),
            "threshold" => (preset, new ThresholdUnmasking(threshold ?? 0.9f)),
            "certain" when threshold is null => (Preset.Fast, null),
            "certain" => (preset, new CertainUnmasking(threshold.Value)),
            _ => throw new UsageException(
                $"--policy '{name}': choose from entropy, max-prob, margin, threshold, certain"),
        };

    private static string[] Items(ParseResult parse, Option<string> option) => parse.GetRequiredValue(option)
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string[] SomeItems(ParseResult parse, Option<string> option) =>
        Items(parse, option) is { Length: > 0 } items ? items : throw new UsageException($"{option.Name} is empty");

    private static T One<T>(Option<string> option, string name, IReadOnlyList<(T Value, string Name)> known)
    {
        (T value, string? found) = known.FirstOrDefault(one => one.Name == name);
        return found is not null ? value : throw new UsageException(
            $"{option.Name} '{name}': choose from {string.Join(", ", known.Select(one => one.Name))}");
    }

    private float Threshold(string text)
    {
        double threshold = Number(_thresholds, text);
        return threshold <= 1 ? (float)threshold : throw new UsageException("--threshold must be between 0 and 1");
    }

    private static double Number(Option<string> option, string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number)
            ? number
            : throw new UsageException($"{option.Name} '{text}': expected numbers, such as 1,0.5");

    private static Option<string> List(string name, string helpName, string description, string value) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
        HelpName = helpName,
    };
}
