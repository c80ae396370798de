using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Bench.Requests;

/// <summary><c>pd-bench decode</c>: measures whole requests against autoregressive ones.</summary>
internal sealed class DecodeCommand
{
    private readonly Terminal _terminal;
    private readonly KnobOptions _decoding = new(KnobTable.All);
    private readonly DeviceOptions _device = new();
    private readonly Option<string?> _model = ModelFolder.Option();

    private readonly Option<string[]> _prompt = new("--prompt")
    {
        Description = "A prompt. The option may be repeated.",
        HelpName = "text",
    };

    private readonly RequestOptions _requests = new();
    private readonly Option<int> _repetitions = CommonOptions.RepetitionsOption(5);
    private readonly Option<bool> _json = CommonOptions.JsonOption();
    private readonly Option<string?> _out = CommonOptions.OutOption();

    private DecodeCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal)
    {
        var decode = new DecodeCommand(terminal);
        var command = new CommandWithExamples(
            "decode", "Measure whole answers against autoregressive ones, in turn.",
            ["pd-bench decode --prompts bench/prompts.txt --steps-ratio 0.5"])
        {
            decode._model, decode._prompt, decode._repetitions, decode._json, decode._out,
        };
        decode._requests.AddTo(command);
        decode._decoding.AddTo(command);
        decode._device.AddTo(command);
        command.SetAction(decode.RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        GenerationOptions options = _decoding.ReadOne(parse);
        if (new DecodingWay(options.Decoding).IsBaseline)
            throw new UsageException("--decoder ar is the baseline of the comparison: choose another decoder");
        (RunnerRoom room, Func<PlannedDiffusionEngine, IEnumerable<MeasuredRequest>> requests) =
            _requests.Read(parse, parse.GetValue(_prompt) ?? [], [options]);
        string folder = ModelFolder.Resolve(parse.GetValue(_model));
        int repetitions = parse.GetValue(_repetitions);
        RunnerChoice device = _device.Read(parse);
        using PlannedDiffusionEngine engine = await ModelLoader.LoadAsync(
            folder, device, room, _terminal, cancellation);
        using var probe = new MachineProbe(device.Threads);

        var harness = new DecodeHarness(engine, repetitions);
        var measured = new List<DecodeCaseReport>();
        MachineLimits? before = RunnerChoice.IsOnGpu(engine) ? null : probe.Measure();
        try
        {
            foreach (MeasuredRequest one in requests(engine))
                measured.Add(await harness.MeasureAsync(one, cancellation));
        }
        catch (ArgumentException e)
        {
            throw OptionMessages.Refused(e);
        }

        MachineLimits? after = RunnerChoice.IsOnGpu(engine) ? null : probe.Measure();
        ModelReport model = ReportFile.Model(folder);
        var report = new DecodeBenchReport(
            "decode",
            ReportFile.Origin(before?.Threads ?? 1),
            engine.Device,
            model,
            new DecodingWay(options.Decoding).Name,
            PolicyReport.Of(options, engine.Config),
            DraftKinds.Word(options.Decoding),
            CommonKnobs.StepsRatio(options) ?? 1,
            repetitions,
            before is { } first ? ReportFile.Probe(first) : null,
            after is { } last ? ReportFile.Probe(last) : null,
            measured,
            DecodeHarness.Summary(measured));
        if (parse.GetValue(_out) is { } path)
            ReportFile.Write(path, "decode", model, report, RequestsJson.Readable.DecodeBenchReport);
        if (parse.GetValue(_json))
            _terminal.Out.WriteLine(JsonSerializer.Serialize(report, RequestsJson.Readable.DecodeBenchReport));
        else Write(_terminal.Out, report);
    }

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
