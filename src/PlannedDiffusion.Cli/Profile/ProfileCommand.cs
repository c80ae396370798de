using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Engine;

namespace PlannedDiffusion.Cli.Profile;

/// <summary>
/// <c>pd profile</c>: measures how many passes planning saves, how much time that saves, and where the rest of the
/// speedup is lost.
/// </summary>
internal sealed class ProfileCommand
{
    private readonly Terminal _terminal;
    private readonly RequestOptions _requests = new();
    private readonly KnobOptions _decoding = new(KnobTable.Knobs);
    private readonly DeviceOptions _device = new();

    private readonly Argument<string?> _prompt = new("prompt")
    {
        Description = "A prompt. Without it, use --prompts or --workload.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _model = ModelFolder.Option();

    private readonly Option<string> _decoders = new("--decoders")
    {
        Description = "Ways to decode, separated by commas: " +
            $"{string.Join(", ", DecoderName.All.Except([DecoderName.Autoregressive]))}. One token at a time " +
            $"({DecoderName.Autoregressive}) is always included, because the others are compared with it.",
        DefaultValueFactory = _ => $"{DecoderName.Planned},{DecoderName.Autoregressive}",
        HelpName = "list",
    };

    private readonly Option<int> _repetitions = CommonOptions.RepetitionsOption(3);
    private readonly Option<bool> _json = CommonOptions.JsonOption();
    private readonly Option<string?> _out = CommonOptions.OutOption();

    private readonly Option<string?> _trace = new("--trace")
    {
        Description = "Write a trace for Perfetto or Chrome's tracing page to this file.",
        HelpName = "file",
    };

    private readonly Option<string?> _html = new("--html")
    {
        Description = "Write a self-contained HTML page with timeline, causes and tables to this file.",
        HelpName = "file",
    };

    private ProfileCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal)
    {
        var profile = new ProfileCommand(terminal);
        var command = new CommandWithExamples(
            "profile", "Measure the speedup of fewer passes, and where the rest of it is lost.",
            [
                "pd profile \"What is gold?\" --html profile.html",
                "pd profile --workload bench/workloads/alpaca30.jsonl --model FOLDER",
            ])
        {
            profile._prompt, profile._model, profile._decoders, profile._repetitions, profile._json, profile._out,
            profile._trace, profile._html,
        };
        profile._requests.AddTo(command);
        profile._decoding.AddTo(command);
        profile._device.AddTo(command);
        command.SetAction(profile.RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        DecoderName[] decoders = Decoders(parse.GetRequiredValue(_decoders));
        DecodingKnobs knobs = _decoding.Read(parse);
        DecodingWay[] ways = KnobOptions.Ways(knobs, decoders);
        string[] prompt = parse.GetValue(_prompt) is { } given ? [given] : [];
        (RunnerRoom room, Func<PlannedDiffusionEngine, IEnumerable<MeasuredRequest>> requests) =
            _requests.Read(parse, prompt, [.. ways.Select(way => knobs.For(way.Decoding))]);
        string folder = ModelFolder.Resolve(parse.GetValue(_model));
        int repetitions = parse.GetValue(_repetitions);
        RunnerChoice device = _device.Read(parse, timeSteps: true);
        using PlannedDiffusionEngine engine = await ModelLoader.LoadAsync(
            folder, device, room, _terminal, cancellation);
        using var probe = new MachineProbe(device.Threads);

        var harness = new ProfileHarness(engine, ways, repetitions);
        var measured = new List<ProfiledRequest>();
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
        Write(parse, new ProfileReport(
            "profile",
            ReportFile.Origin(before?.Threads ?? 1),
            engine.Device,
            engine.RunsAhead,
            ProfileReporting.Clock(engine.TimesSteps),
            ReportFile.Model(folder),
            knobs.Planned.StepsRatio,
            repetitions,
            before is { } first ? ReportFile.Probe(first) : null,
            after is { } last ? ReportFile.Probe(last) : null,
            [.. measured.Select(ProfileReporting.Report)],
            ProfileReporting.Total(measured, engine.Config)));
    }

    private void Write(ParseResult parse, ProfileReport report)
    {
        JsonTypeInfo<ProfileReport> type = ProfileJson.Readable.ProfileReport;
        if (parse.GetValue(_out) is { } path) ReportFile.Write(path, "profile", report.Model, report, type);
        if (parse.GetValue(_trace) is { } trace)
            File.WriteAllText(trace, JsonSerializer.Serialize(ProfileTrace.Of(report), ProfileJson.Default.TraceFile));
        if (parse.GetValue(_html) is { } page) File.WriteAllText(page, ProfilePage.Of(report));
        if (parse.GetValue(_json)) _terminal.Out.WriteLine(JsonSerializer.Serialize(report, type));
        else new ProfileTables(_terminal).Write(report);
    }

    private static DecoderName[] Decoders(string list)
    {
        return [.. list.Split(',', StringSplitOptions.TrimEntries).Select(One).Distinct()];

        static DecoderName One(string name) => DecoderName.Find(name) ?? throw new UsageException(
            $"--decoders: '{name}' is not one of {DecodingWords.Decoders}");
    }
}
