using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Cli.Benchmarks;
using PlannedDiffusion.Cli.Devices;
using PlannedDiffusion.Cli.Evaluation;
using PlannedDiffusion.Cli.Json;
using PlannedDiffusion.Cli.Streams;
using PlannedDiffusion.Cli.Views;
using PlannedDiffusion.Decoding.Unmasking;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Commands;

/// <summary><c>pd eval</c>: answers prompts in a grid of ways, and draws quality against latency and passes.</summary>
internal sealed class EvalCommand
{
    private readonly Terminal _terminal;
    private readonly DecodingOptions _decoding = new();
    private readonly Option<string?> _model = ModelFolder.Option();

    private readonly Argument<string> _prompts = new("prompts")
    {
        Description = "JSON array of objects with \"instruction\" (AlpacaEval), or JSON lines with \"question\" and " +
            "\"facts\", a list of lists of texts that a right answer has.",
    };

    private readonly Option<string?> _out = new("--out", "-o")
    {
        Description = "Folder for journal, answers and frontier; a run that was killed goes on there. " +
            "Without it: eval-NAME, after the prompts.",
        HelpName = "folder",
    };

    private readonly Option<string> _decoders = List(
        "--decoders", "name,..", "Ways to decode: planned, sparse, dense, ar, diffusion, fast-dllm.",
        "planned,dense,ar,diffusion,fast-dllm");

    private readonly Option<string> _stepsRatios = List(
        "--steps-ratio", "r,..", "Denoise steps per token, for plans and plain diffusion.", "1,0.5,0.25");

    private readonly Option<string> _policies = List(
        "--policy", "name,..", "How masks are chosen for revealing: entropy, max-prob, margin, threshold, certain; " +
        "without it, 0.9 as the threshold of Fast-dLLM, and entropy for all others.", "");

    private readonly Option<string> _thresholds = List(
        "--threshold", "p,..", "Probabilities that a candidate must reach, with --policy threshold or certain.", "");

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

    private readonly Option<int> _limit = new("--limit")
    {
        Description = "Take the first so many prompts; 0 for all.",
        HelpName = "n",
    };

    private readonly DeviceOptions _device = new();
    private readonly Option<bool> _json = BenchCommand.JsonOption();

    private EvalCommand(Terminal terminal)
    {
        _terminal = terminal;
        OptionChecks.AtLeast(0, _limit);
        OptionChecks.AtLeast(1, _diffusionLength);
    }

    public static Command Create(Terminal terminal)
    {
        var eval = new EvalCommand(terminal);
        var command = new Command("eval", "Answer prompts in a grid of ways; draw quality against latency and passes.")
        {
            eval._prompts, eval._model, eval._out, eval._decoders, eval._stepsRatios, eval._policies,
            eval._thresholds, eval._lengthScales, eval._noTopics, eval._noSync, eval._cells, eval._diffusionLength,
            eval._limit, eval._json,
        };
        eval._device.AddTo(command);
        eval._decoding.AddFixedTo(command);
        command.SetAction(eval.RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        GenerationOptions basis = _decoding.ReadFixed(parse);
        EvaluationCell[] cells = Cells(parse, basis);
        string path = parse.GetRequiredValue(_prompts);
        EvaluationPrompt[] prompts = PromptFile.Read(path);
        if (parse.GetValue(_limit) is > 0 and int limit) prompts = prompts[..Math.Min(limit, prompts.Length)];
        string model = ModelFolder.Resolve(parse.GetValue(_model));
        RunnerChoice device = _device.Read(parse);
        OriginReport origin = BenchmarkFile.Origin(device.Threads > 0 ? device.Threads : Cpu.PhysicalCores.Count);
        var settings = EvaluationSettings.Of(
            model, prompts, cells, basis, parse.GetValue(_diffusionLength), device.Asked, origin);
        string folder = parse.GetValue(_out) ?? $"eval-{Path.GetFileNameWithoutExtension(path)}";
        using var journal = EvaluationJournal.Open(folder, settings);
        await AnswerAsync(model, device, new Work(prompts, cells, journal), cancellation);

        IReadOnlyList<FrontierCell> frontier = Frontier.Of(prompts, cells, journal.Answers);
        var report = new FrontierReport(
            "eval",
            origin,
            device.Description.Length > 0 ? device.Description : device.Asked,
            BenchmarkFile.Model(model),
            Path.GetFileName(path),
            prompts.Length,
            settings.Values,
            frontier,
            ParallelAccuracy.Of(frontier));
        EvaluationFiles.Write(folder, prompts, cells, journal.Answers, report);
        Print(parse.GetValue(_json), report, folder);
        int failed = report.Cells.Sum(cell => cell.Failed);
        if (failed == 0) return;
        foreach (string failure in FrontierText.Failures(report.Cells)) _terminal.Error.WriteLine(failure);
        throw new InvalidOperationException($"{failed} of {prompts.Length * cells.Length} answers failed");
    }

    private void Print(bool json, FrontierReport report, string folder)
    {
        if (json)
        {
            _terminal.Out.WriteLine(JsonSerializer.Serialize(report, CliJson.Readable.FrontierReport));
            return;
        }

        FrontierText.Write(_terminal.Out, report);
        _terminal.Out.WriteLine(
            $"answers, frontier.csv, .json, .md, .html and .svg are in {VisibleText.OneLine(folder)}");
    }

    private async Task AnswerAsync(
        string model, RunnerChoice device, Work work, CancellationToken cancellation)
    {
        int missing = (work.Prompts.Length * work.Cells.Length) - work.Journal.Answers.Count;
        if (missing == 0) return;
        using PlannedDiffusionEngine engine = await ModelLoader.LoadAsync(
            model, device, new RunnerRoom([.. work.Cells.Select(cell => cell.Options)]), _terminal, cancellation);
        var run = new EvaluationRun(engine, work.Prompts, work.Cells, work.Journal);
        await new EvaluationView(_terminal).ShowAsync(progress => run.CompleteAsync(progress, cancellation));
    }

    private EvaluationCell[] Cells(ParseResult parse, GenerationOptions basis)
    {
        int length = parse.GetValue(_diffusionLength);
        string[] names = Items(parse, _cells);
        if (names.Length == 0) return [.. Grid(parse).Cells(basis).Select(cell => cell.Filling(length))];
        Option[] varied =
            [_decoders, _stepsRatios, _policies, _thresholds, _lengthScales, _noTopics, _noSync];
        if (varied.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is { } other)
            throw new UsageException($"--cells names what {other.Name} would vary: give one of them");
        return [.. names.Select(name => EvaluationCell.Parse(name, basis).Filling(length))
            .DistinctBy(cell => cell.Name)];
    }

    private EvaluationGrid Grid(ParseResult parse) => new()
    {
        Decoders = [.. SomeItems(parse, _decoders).Select(Decoder)],
        StepsRatios = [.. SomeItems(parse, _stepsRatios).Select(text => Number(_stepsRatios, text))],
        Policies = Policies(parse),
        LengthScales = [.. SomeItems(parse, _lengthScales).Select(text => Number(_lengthScales, text))],
        WithoutTopics = parse.GetValue(_noTopics),
        WithoutSyncs = parse.GetValue(_noSync),
    };

    /// <summary>Each policy, with each threshold where it has one.</summary>
    private UnmaskPolicy[] Policies(ParseResult parse)
    {
        string[] names = Items(parse, _policies);
        float[] thresholds = [.. Items(parse, _thresholds).Select(Threshold)];
        UnmaskPolicy[] policies = [.. names.SelectMany(name => Policy(name, thresholds))];
        return thresholds.Length == 0 || policies.Any(policy => policy is ThresholdUnmasking or CertainUnmasking)
            ? policies : throw new UsageException("--threshold is part of --policy threshold or certain");
    }

    private static IEnumerable<UnmaskPolicy> Policy(string name, float[] thresholds) => name switch
    {
        "entropy" => [new ScheduledUnmasking(ConfidenceKind.NegativeEntropy)],
        "max-prob" => [new ScheduledUnmasking(ConfidenceKind.Probability)],
        "margin" => [new ScheduledUnmasking(ConfidenceKind.Margin)],
        "threshold" => Or(thresholds, 0.9f).Select(threshold => new ThresholdUnmasking(threshold)),
        "certain" => Or(thresholds, new CertainUnmasking().Threshold).Select(least => new CertainUnmasking(least)),
        _ => throw new UsageException($"--policy '{name}': choose from entropy, max-prob, margin, threshold, certain"),
    };

    private static string[] Items(ParseResult parse, Option<string> option) => parse.GetRequiredValue(option)
        .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string[] SomeItems(ParseResult parse, Option<string> option) =>
        Items(parse, option) is { Length: > 0 } items ? items : throw new UsageException($"{option.Name} is empty");

    private static DecoderKind Decoder(string name) => DecodingOptions.Names.Any(known => known.Name == name)
        ? DecodingOptions.Kind(name)
        : throw new UsageException($"--decoders '{name}': choose from " +
            string.Join(", ", DecodingOptions.Names.Select(known => known.Name)));

    private float Threshold(string text)
    {
        double threshold = Number(_thresholds, text);
        return threshold <= 1 ? (float)threshold : throw new UsageException("--threshold must be between 0 and 1");
    }

    private static float[] Or(float[] given, float usual) => given.Length > 0 ? given : [usual];

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

    private sealed record Work(EvaluationPrompt[] Prompts, EvaluationCell[] Cells, EvaluationJournal Journal);
}
