using System.CommandLine;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Evaluate;

/// <summary>
/// <c>pd eval</c>: answers prompts with a grid of decoding options, and plots quality against latency and passes.
/// </summary>
internal sealed class EvalCommand
{
    private readonly Terminal _terminal;
    private readonly KnobOptions _decoding = new(KnobTable.Fixed);
    private readonly GridOptions _grid = new();
    private readonly Option<string?> _model = ModelFolder.Option();

    private readonly Argument<string> _prompts = new("prompts")
    {
        Description = "JSON array of objects with \"instruction\" (AlpacaEval), or JSON lines with \"question\" and " +
            "\"facts\", a list of lists of texts that a right answer contains.",
    };

    private readonly Option<string?> _out = new("--out", "-o")
    {
        Description = "Folder for journal, answers and frontier. An interrupted run resumes there. " +
            "The default is eval- and the name of the prompts file.",
        HelpName = "folder",
    };

    private readonly Option<int> _limit = new("--limit")
    {
        Description = "Use only the first n prompts; 0 for all.",
        HelpName = "n",
    };

    private readonly DeviceOptions _device = new();
    private readonly Option<bool> _json = CommonOptions.JsonOption();

    private EvalCommand(Terminal terminal)
    {
        _terminal = terminal;
        OptionChecks.AtLeast(0, _limit);
    }

    public static Command Create(Terminal terminal)
    {
        var eval = new EvalCommand(terminal);
        var command = new CommandWithExamples(
            "eval", "Answer prompts with a grid of decoding options; plot quality against latency and passes.",
            [
                "pd eval questions.jsonl --out results --cells sparse-r1,sparse-r1-c0.9,ar",
                "pd eval questions.jsonl --decoders planned,ar --steps-ratio 1,0.5",
            ])
        {
            eval._prompts, eval._model, eval._out, eval._limit, eval._json,
        };
        eval._grid.AddTo(command);
        eval._device.AddTo(command);
        eval._decoding.AddTo(command);
        command.SetAction(eval.RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        DecodingKnobs basis = _decoding.Read(parse);
        EvaluationCell[] cells = _grid.Read(parse, basis);
        string path = parse.GetRequiredValue(_prompts);
        EvaluationPrompt[] prompts = PromptFile.Read(path);
        if (parse.GetValue(_limit) is > 0 and int limit) prompts = prompts[..Math.Min(limit, prompts.Length)];
        string model = ModelFolder.Resolve(parse.GetValue(_model));
        RunnerChoice device = _device.Read(parse);
        OriginReport origin = ReportFile.Origin(device.Threads > 0 ? device.Threads : CpuModelRunner.DefaultThreads);
        var settings = EvaluationSettings.Of(
            model, prompts, cells, basis, _grid.DiffusionLength(parse), device.Asked, origin);
        string folder = parse.GetValue(_out) ?? $"eval-{Path.GetFileNameWithoutExtension(path)}";
        using var journal = EvaluationJournal.Open(folder, settings);
        string? where = await AnswerAsync(model, device, new Work(prompts, cells, journal), cancellation);

        IReadOnlyList<FrontierCell> frontier = Frontier.Of(prompts, cells, journal.Answers);
        var report = new FrontierReport(
            "eval",
            origin,
            where ?? device.Asked,
            ReportFile.Model(model),
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
            _terminal.Out.WriteLine(JsonSerializer.Serialize(report, EvaluationJson.Readable.FrontierReport));
            return;
        }

        FrontierText.Write(_terminal.Out, report);
        _terminal.Out.WriteLine(
            $"answers, frontier.csv, .json, .md, .html and .svg are in {VisibleText.OneLine(folder)}");
    }

    /// <summary>Makes the missing answers.</summary>
    /// <returns>The device that made them; null if none was missing.</returns>
    private async Task<string?> AnswerAsync(
        string model, RunnerChoice device, Work work, CancellationToken cancellation)
    {
        int missing = (work.Prompts.Length * work.Cells.Length) - work.Journal.Answers.Count;
        if (missing == 0) return null;
        using PlannedDiffusionEngine engine = await ModelLoader.LoadAsync(
            model, device, new RunnerRoom([.. work.Cells.Select(cell => cell.Options)]), _terminal, cancellation);
        var run = new EvaluationRun(engine, work.Prompts, work.Cells, work.Journal);
        await new EvaluationView(_terminal).ShowAsync(progress => run.CompleteAsync(progress, cancellation));
        return engine.Device;
    }

    private sealed record Work(EvaluationPrompt[] Prompts, EvaluationCell[] Cells, EvaluationJournal Journal);
}
