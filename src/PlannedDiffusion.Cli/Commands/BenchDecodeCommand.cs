using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Cli.Benchmarks;
using PlannedDiffusion.Cli.Devices;
using PlannedDiffusion.Cli.Json;
using PlannedDiffusion.Cli.Text;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Commands;

/// <summary><c>pd bench decode</c>: whole requests, planned and one token at a time.</summary>
internal sealed class BenchDecodeCommand
{
    private readonly Terminal _terminal;
    private readonly DecodingOptions _decoding = new();
    private readonly DeviceOptions _device = new();
    private readonly Option<string?> _model = ModelFolder.Option();

    private readonly Option<string[]> _prompt = new("--prompt")
    {
        Description = "A prompt; may be given several times.",
        HelpName = "text",
    };

    private readonly Option<string?> _prompts = new("--prompts")
    {
        Description = "File with a prompt on each line.",
        HelpName = "file",
    };

    private readonly Option<string?> _plan = new("--plan")
    {
        Description = "A plan for every prompt; the other side then writes as many tokens. For random weights.",
        HelpName = "plan",
    };

    private readonly Option<string?> _workload = new("--workload")
    {
        Description = "File of recorded requests, one JSON object on a line: prompt_tokens, plan_tokens and rounds, " +
            "a list of span lengths for each round. Replayed with these lengths on any model.",
        HelpName = "file",
    };

    private readonly Option<int> _repetitions = BenchCommand.RepetitionsOption(5);
    private readonly Option<bool> _json = BenchCommand.JsonOption();
    private readonly Option<string?> _out = BenchCommand.OutOption();

    private BenchDecodeCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal)
    {
        var decode = new BenchDecodeCommand(terminal);
        var command = new Command("decode", "Measure whole answers against autoregressive ones, in turn.")
        {
            decode._model, decode._prompt, decode._prompts, decode._plan, decode._workload,
            decode._repetitions, decode._json, decode._out,
        };
        decode._decoding.AddTo(command);
        decode._device.AddTo(command);
        command.SetAction(decode.RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        GenerationOptions options = _decoding.Read(parse);
        if (options.Decoder == DecoderKind.Autoregressive)
            throw new UsageException("--decoder ar: that is what the others are measured against");
        (int? positions, Func<PlannedDiffusionEngine, IEnumerable<DecodeCase>> cases) = Cases(parse, options);
        string folder = ModelFolder.Resolve(parse.GetValue(_model));
        int repetitions = parse.GetValue(_repetitions);
        RunnerChoice device = _device.Read(parse);
        using PlannedDiffusionEngine engine = await ModelLoader.LoadAsync(
            folder, device, positions, _terminal, cancellation);
        using var probe = new MachineProbe(device.Threads);

        var harness = new DecodeHarness(engine, repetitions);
        var measured = new List<DecodeCaseReport>();
        MachineLimits? before = device.IsCuda ? null : probe.Measure();
        foreach (DecodeCase one in cases(engine)) measured.Add(await harness.MeasureAsync(one, cancellation));
        MachineLimits? after = device.IsCuda ? null : probe.Measure();
        ModelReport model = BenchmarkFile.Model(folder);
        var report = new DecodeBenchReport(
            "decode",
            BenchmarkFile.Origin(before?.Threads ?? 1),
            device.Description,
            model,
            DecodingOptions.Name(options.Decoder),
            options.StepsRatio,
            repetitions,
            before is { } first ? BenchmarkFile.Probe(first) : null,
            after is { } last ? BenchmarkFile.Probe(last) : null,
            measured,
            DecodeHarness.Summary(measured));
        if (parse.GetValue(_out) is { } path)
            BenchmarkFile.Write(path, "decode", model, report, CliJson.Readable.DecodeBenchReport);
        if (parse.GetValue(_json))
            _terminal.Out.WriteLine(JsonSerializer.Serialize(report, CliJson.Readable.DecodeBenchReport));
        else Write(_terminal.Out, report);
    }

    // The requests need an engine, for its tokens; the engine needs to know their length.
    private (int? Positions, Func<PlannedDiffusionEngine, IEnumerable<DecodeCase>> Cases) Cases(
        ParseResult parse, GenerationOptions options)
    {
        string[] prompts = [.. parse.GetValue(_prompt) ?? [], .. Lines(parse.GetValue(_prompts))];
        string? plan = parse.GetValue(_plan);
        if (parse.GetValue(_workload) is { } path)
        {
            if (prompts.Length > 0 || plan is not null)
                throw new UsageException("--workload brings prompts and plans of its own");
            RecordedRequest[] requests = RecordedRequest.Read(path);
            int positions = Math.Max(options.MaxLength ?? 0, requests.Max(request => request.Length));
            return (positions, engine => requests.Select(request => request.ToCase(engine, options)));
        }

        if (prompts.Length == 0) throw new UsageException("no prompt: give --prompt, --prompts or --workload");
        IReadOnlyList<PlanItem>? items = plan is null ? null : PlanOption.Parse(plan);
        return (options.MaxLength, _ => prompts.Select(prompt => Case(prompt, items, options)));
    }

    private static DecodeCase Case(string prompt, IReadOnlyList<PlanItem>? plan, GenerationOptions options)
    {
        GenerationOptions other = options with
        {
            Decoder = DecoderKind.Autoregressive,
            MaxNewTokens = plan?.Sum(item => item.Length) ?? options.MaxNewTokens,
        };
        return new DecodeCase(
            prompt,
            GenerationRequest.FromUser(prompt, options) with { Plan = plan },
            GenerationRequest.FromUser(prompt, other));
    }

    private static IEnumerable<string> Lines(string? path) =>
        path is null ? [] : File.ReadLines(path).Where(line => !string.IsNullOrWhiteSpace(line));

    private static void Write(TextWriter writer, DecodeBenchReport report)
    {
        string where = report is { Before: { } before, After: { } after }
            ? $"{report.Origin.Processor}, {report.Origin.Threads} threads, {report.Origin.Simd}; memory " +
                $"{Number(before.GigabytesPerSecond)}..{Number(after.GigabytesPerSecond)} GB/s"
            : report.Device;
        writer.WriteLine(
            $"{report.Model.Name}: {Units.Count(report.Model.Parameters)} in {report.Model.Types}, {where}");
        var table = new TextTable(
            "request", "tokens>", $"{report.Decoder}: passes>", "ms>", "ms/pass>", "ar: tokens>", "passes>", "ms>",
            "ms/pass>", "passes x>", "time x>");
        foreach (DecodeCaseReport one in report.Cases)
        {
            string name = one.Name.Length <= 32 ? one.Name : one.Name[..31] + "…";
            table.Add([name, .. Cells(one.Decoded), .. Cells(one.Autoregressive),
                Number(one.PassRatio), Number(one.TimeRatio)]);
        }

        table.Write(writer);
        DecodeSummaryReport all = report.Summary;
        writer.WriteLine($"all: one token at a time takes {Number(all.PassRatio)}x the passes and " +
            $"{Number(all.TimeRatio)}x the time; {Number(all.AutoregressiveMillisecondsPerPass)} ms per pass, " +
            $"{report.Decoder} {Number(all.MillisecondsPerPass)} ms");
    }

    private static string[] Cells(DecodeRunReport run) =>
    [
        run.Answer.ToString(CultureInfo.InvariantCulture),
        run.Passes.ToString(CultureInfo.InvariantCulture),
        Number(1e3 * run.MedianSeconds),
        Number(run.MillisecondsPerPass),
    ];

    private static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
