using System.CommandLine;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;
using Spectre.Console;

namespace PlannedDiffusion.Cli.Generate;

/// <summary><c>pd generate</c>: answers a prompt and reports passes, tokens and times.</summary>
internal sealed class GenerateCommand
{
    private readonly Terminal _terminal;
    private readonly KnobOptions _decoding = new(KnobTable.All);
    private readonly DeviceOptions _device = new();

    private readonly Argument<string?> _prompt = new("prompt")
    {
        Description = "The prompt. Without it, standard input is read.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _model = ModelFolder.Option();

    private readonly Option<string?> _system = new("--system")
    {
        Description = "System message. The default is the checkpoint's own.",
        HelpName = "text",
    };

    private readonly Option<bool> _raw = new("--raw")
    {
        Description = "Continue the prompt text itself, without the chat template.",
    };

    private readonly Option<string?> _plan = new("--plan")
    {
        Description = "Use this plan and skip planning: topics and their tokens, such as definition:30,history:40.",
        HelpName = "plan",
    };

    private readonly Option<string?> _show = new("--show")
    {
        Description = "What to show besides the answer. A terminal shows the spans as they fill in at every level.",
    };

    private readonly Option<int> _pace = new("--pace")
    {
        Description = "Milliseconds to pause after each step shown on a terminal. Decoding does not wait.",
        HelpName = "ms",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print one JSON object at the end." };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print the answer only." };

    private readonly Option<bool> _compare = new("--compare")
    {
        Description = "Answer again, one token at a time, and compare.",
    };

    private GenerateCommand(Terminal terminal)
    {
        _terminal = terminal;
        OptionGrammar.AcceptOnly(_show, "answer", "plan", "steps");
        OptionChecks.AtLeast(0, _pace);
    }

    public static Command Create(Terminal terminal)
    {
        var generate = new GenerateCommand(terminal);
        var command = new CommandWithExamples(
            "generate", "Answer a prompt: plan first, then all parts at once.",
            [
                "pd generate \"What is gold?\" --preset fast",
                "pd generate --model FOLDER --decoder ar < question.txt",
                "pd generate \"What is gold?\" --plan \"definition:30,use:20\" --json",
            ])
        {
            generate._prompt, generate._model, generate._system, generate._raw, generate._plan,
        };
        generate._decoding.AddTo(command);
        foreach (Option option in (Option[])[
            generate._show, generate._pace, generate._json, generate._quiet, generate._compare])
            command.Add(option);
        generate._device.AddTo(command);
        command.SetAction(generate.RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        GenerationOptions options = _decoding.ReadOne(parse);
        GenerationRequest request = await RequestAsync(parse, options, cancellation);
        string folder = ModelFolder.Resolve(parse.GetValue(_model));
        RunnerChoice device = _device.Read(parse);
        using PlannedDiffusionEngine engine = await ModelLoader.LoadAsync(
            folder, device, new RunnerRoom([options]), _terminal, cancellation, quiet: parse.GetValue(_quiet));

        GenerationResult result;
        try
        {
            if (parse.GetValue(_compare)) await WarmUpAsync(engine, cancellation);
            result = await AnswerAsync(parse, engine, request, cancellation);
        }
        catch (ArgumentException e)
        {
            throw OptionMessages.Refused(e);
        }

        options = DecoderName.Taken(options, result);
        UsageReport usage = ResultReports.Usage(result, options.Decoding, engine.Tokenizer);
        var parts = new FinishParts(
            ResultReports.Rounds(result),
            usage,
            ResultReports.Path(result, usage),
            ResultReports.Finish(result.Finish))
        {
            Policy = PolicyReport.Of(options, engine.Config),
        };
        ComparisonReport? comparison = parse.GetValue(_compare)
            ? await CompareAsync(engine, request, parts.Path, cancellation) : null;

        string decoder = DecoderName.Of(options.Decoding).Text;
        if (parse.GetValue(_json))
        {
            var report = new GenerateReport(
                folder, engine.Device, decoder, parts.Policy, DraftKinds.Word(options.Decoding), result.Text,
                result.PublishedText, result.RawText, result.Tokens, parts.Finish, parts.Rounds, usage, parts.Path,
                comparison);
            _terminal.Out.WriteLine(JsonSerializer.Serialize(report, GenerateJson.Readable.GenerateReport));
        }
        else if (!parse.GetValue(_quiet))
        {
            _terminal.Out.Flush();
            if (device.WasLeftOpen) _terminal.Error.WriteLine($"device  {VisibleText.OneLine(engine.Device)}");
            ResultText.Write(
                _terminal.Error, new DecodingWay(options.Decoding).Name, parts, comparison);
        }
    }

    private async Task<GenerationRequest> RequestAsync(
        ParseResult parse, GenerationOptions options, CancellationToken cancellation)
    {
        bool raw = parse.GetValue(_raw);
        string? system = parse.GetValue(_system), plan = parse.GetValue(_plan);
        if (raw && system is not null) throw new UsageException("--raw and --system exclude each other");
        if (plan is not null && options.Decoding is not PlannedOptions)
            throw new UsageException("--plan needs --decoder planned, sparse or dense");
        IReadOnlyList<PlanItem>? items = plan is null ? null : PlanOption.Parse(plan);
        string prompt = await _terminal.TextOrInputAsync(parse.GetValue(_prompt), "prompt", cancellation);
        if (string.IsNullOrWhiteSpace(prompt)) throw new UsageException("the prompt is empty");
        GenerationRequest request = raw
            ? new GenerationRequest { Prompt = prompt, Options = options }
            : GenerationRequest.FromUser(prompt, options);
        return request with { SystemPrompt = system, Plan = items };
    }

    private async Task<GenerationResult> AnswerAsync(
        ParseResult parse, PlannedDiffusionEngine engine, GenerationRequest request, CancellationToken cancellation)
    {
        if (parse.GetValue(_json)) return await engine.CompleteAsync(request, cancellation);
        ViewLevel level = parse.GetValue(_show) switch
        {
            "steps" => ViewLevel.Steps,
            "plan" => ViewLevel.Plan,
            _ => ViewLevel.Answer,
        };
        IAsyncEnumerable<GenerationEvent> events = engine.GenerateAsync(request, cancellation);
        bool styled = _terminal.OutIsInteractive && _terminal.MovesCursor && !parse.GetValue(_quiet);
        if (!styled || request.Options.Decoding is AutoregressiveOptions)
            return await new TextView(_terminal.Out, level, styled ? _terminal.OutScreen : null).ShowAsync(events);

        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_terminal.OutScreen) };
        IAnsiConsole console = AnsiConsole.Create(settings);
        var view = new LiveView(console, TimeSpan.FromMilliseconds(parse.GetValue(_pace)), level > ViewLevel.Answer);
        GenerationResult result = await view.ShowAsync(events, cancellation);
        _terminal.Out.WriteLine(result.Text);
        _terminal.Out.WriteLine();
        return result;
    }

    // Without this, the first of the compared runs would include just-in-time compilation.
    private static async Task WarmUpAsync(PlannedDiffusionEngine engine, CancellationToken cancellation)
    {
        var few = new GenerationOptions { Decoding = new AutoregressiveOptions(), MaxNewTokens = 4 };
        await engine.CompleteAsync(GenerationRequest.FromUser("Hello", few), cancellation);
        var plan = new GenerationOptions();
        await engine.CompleteAsync(
            GenerationRequest.FromUser("Hello", plan) with { Plan = [new PlanItem("a", 4)] }, cancellation);
    }

    private static async Task<ComparisonReport> CompareAsync(
        PlannedDiffusionEngine engine, GenerationRequest request, PathReport path, CancellationToken cancellation)
    {
        GenerationRequest again = request with
        {
            Plan = null,
            Options = request.Options with { Decoding = new AutoregressiveOptions(), Experiment = null },
        };
        GenerationResult result = await engine.CompleteAsync(again, cancellation);
        UsageReport usage = ResultReports.Usage(result, again.Options.Decoding, engine.Tokenizer);
        PathReport own = ResultReports.Path(result, usage);
        return new ComparisonReport(
            result.Text, usage, own, own.Seconds / path.Seconds, (double)own.Passes / Math.Max(1, path.Passes));
    }
}
