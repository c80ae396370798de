using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Bench.Virtual;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Serving;

/// <summary><c>pd-bench serve</c>: many requests on one engine, or on a server.</summary>
internal sealed class ServingCommand
{
    private const int MostClients = 4096, FirstPort = 18080, SoakClients = 8;

    private readonly Terminal _terminal;
    private readonly Option<string?> _model = ModelFolder.Option();
    private readonly DeviceOptions _device = new();

    private readonly Option<string> _clients = new("--clients")
    {
        Description = "Clients that ask at a time.",
        DefaultValueFactory = _ => "1,2,4,8,16,32",
        HelpName = "n,n,..",
    };

    private readonly Option<int> _answers = new("--answers")
    {
        Description = "Answers for each number of clients, at least eight of each client.",
        DefaultValueFactory = _ => 200,
        HelpName = "n",
    };

    private readonly Option<string?> _questions = new("--questions")
    {
        Description = "File of questions, as JSON lines with the field question. The default is " +
            "bench/prompts/demo-held-out.jsonl above the program.",
        HelpName = "file",
    };

    private readonly Option<string?> _figure = new("--figure")
    {
        Description = "Draw the result to this file, as SVG.",
        HelpName = "file",
    };

    private readonly Option<string?> _table = new("--table")
    {
        Description = "Write the result to this file, as a table in Markdown.",
        HelpName = "file",
    };

    private readonly Option<int?> _overload = new("--overload")
    {
        Description = "Instead: start pd serve, and send twice what it answers for so many seconds.",
        HelpName = "s",
    };

    private readonly Option<int?> _soak = new("--soak")
    {
        Description = "Instead: start pd serve, and ask without a pause for so many minutes.",
        HelpName = "minutes",
    };

    private readonly Option<string[]> _server = new("--server")
    {
        Description = "With --overload and --soak: an option of pd serve, as --server=--max-queue=16. It may be " +
            "repeated.",
        HelpName = "option",
    };

    private readonly Option<bool> _json = CommonOptions.JsonOption();
    private readonly Option<string?> _out = CommonOptions.OutOption();

    private ServingCommand(Terminal terminal)
    {
        _terminal = terminal;
        OptionChecks.AtLeast(1, _answers);
        OptionChecks.AtLeast(1, _overload);
        OptionChecks.AtLeast(1, _soak);
    }

    public static Command Create(Terminal terminal)
    {
        var serve = new ServingCommand(terminal);
        var command = new CommandWithExamples(
            "serve", "Measure goodput and latency by the number of clients, or load a server.",
            ["pd-bench serve --device cpu --clients 1,8", "pd-bench serve --overload 120 --server=--max-queue=16"])
        {
            serve._model, serve._clients, serve._answers, serve._questions, serve._figure, serve._table,
            serve._overload, serve._soak, serve._server, serve._json, serve._out,
        };
        serve._device.AddTo(command);
        command.SetAction(serve.RunAsync);
        return command;
    }

    private async Task RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        string[] questions = [.. Questions(
            parse.GetValue(_questions) ?? RepositoryFile.Find("bench/prompts/demo-held-out.jsonl", "--questions"))];
        string folder = ModelFolder.Resolve(parse.GetValue(_model));
        if (parse.GetValue(_overload) is not null || parse.GetValue(_soak) is not null)
            await LoadServerAsync(parse, folder, questions, cancellation);
        else await MeasureAsync(parse, folder, questions, cancellation);
    }

    private async Task MeasureAsync(
        ParseResult parse, string folder, string[] questions, CancellationToken cancellation)
    {
        int[] clients = [.. parse.GetRequiredValue(_clients).Split(',').Select(ClientCount).Order()];
        var planned = new PlannedOptions();
        KeyValuePair<string, GenerationOptions>[] ways =
        [
            new(ServeRun.Single, new GenerationOptions { Decoding = new AutoregressiveOptions() }),
            new("planned, fast", new GenerationOptions { Decoding = planned, Preset = Preset.Fast }),
            new("planned, ratio 0.5", new GenerationOptions { Decoding = planned with { StepsRatio = 0.5 } }),
        ];
        using PlannedDiffusionEngine engine = await LoadAsync(parse, folder, ways, clients[^1], cancellation);
        bool json = parse.GetValue(_json);
        if (!json) _terminal.Out.WriteLine($"{engine.Device}; times in ms: p50, p95, p99");
        IReadOnlyList<ServeCellReport> cells = await ServeRun.MeasureAsync(
            engine, questions, ways, clients, parse.GetValue(_answers), cell => Tell(cell, json), cancellation);
        ModelReport model = ReportFile.Model(folder);
        int threads = _device.Read(parse).Threads;
        var report = new ServeReport(
            "serve",
            ReportFile.Origin(threads > 0 ? threads : Environment.ProcessorCount),
            engine.Device,
            model,
            questions.Length,
            ways.Skip(1).ToDictionary(way => way.Key, way => ServeRun.PaysBelow(cells, way.Key)),
            cells);
        if (parse.GetValue(_out) is { } path)
            ReportFile.Write(path, "serve", model, report, ServeJson.Readable.ServeReport);
        if (parse.GetValue(_figure) is { } figure)
            File.WriteAllText(figure, ServeFigure.Svg($"{model.Name} on {engine.Device}, by clients", report));
        if (parse.GetValue(_table) is { } table) File.WriteAllText(table, ServeTable.Markdown(report));
        if (json) _terminal.Out.WriteLine(JsonSerializer.Serialize(report, ServeJson.Readable.ServeReport));
    }

    private async Task<PlannedDiffusionEngine> LoadAsync(
        ParseResult parse, string folder, KeyValuePair<string, GenerationOptions>[] ways, int clients,
        CancellationToken cancellation)
    {
        ModelConfig config = ModelConfigFile.Read(Path.Combine(folder, ModelConfigFile.Name));
        RunnerLimits limits = new RunnerRoom([.. ways.Select(way => way.Value)]).Limits(config) with
        {
            MaxSequences = clients,
        };
        EngineOptions options = _device.Read(parse).EngineOptions(limits, progress: null);
        options = options with { Queue = options.Queue with { MaxWaiting = Math.Max(128, clients) } };
        return await Task.Run(() => PlannedDiffusionEngine.Load(folder, options), cancellation);
    }

    private async Task LoadServerAsync(
        ParseResult parse, string folder, string[] questions, CancellationToken cancellation)
    {
        string[] extra = [.. (parse.GetValue(_server) ?? []).SelectMany(option => option.Split('=', 2))];
        string[] options = ["--model", folder, .. extra];
        using ServerChild server =
            await ServerChild.StartAsync(options, FirstPort + (Environment.ProcessId % 1000), cancellation);
        var load = new ServerLoad(server, questions, string.Join(' ', extra));
        if (parse.GetValue(_overload) is { } seconds)
        {
            OverloadReport report = await load.OverloadAsync(TimeSpan.FromSeconds(seconds), cancellation);
            if (parse.GetValue(_out) is { } path)
                ReportFile.Write(path, report.Kind, report, ServeJson.Readable.OverloadReport);
            _terminal.Out.WriteLine(JsonSerializer.Serialize(report, ServeJson.Readable.OverloadReport));
        }
        else
        {
            var time = TimeSpan.FromMinutes(parse.GetValue(_soak)!.Value);
            SoakReport report = await load.SoakAsync(time, SoakClients, cancellation);
            if (parse.GetValue(_out) is { } path)
                ReportFile.Write(path, report.Kind, report, ServeJson.Readable.SoakReport);
            _terminal.Out.WriteLine(
                JsonSerializer.Serialize(report with { Samples = [] }, ServeJson.Readable.SoakReport));
        }
    }

    private void Tell(ServeCellReport cell, bool json)
    {
        if (json) return;
        _terminal.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{cell.Clients,3} clients, {cell.Way,-18} {cell.AnswersPerSecond,8:0.00} answers/s, good " +
            $"{cell.GoodAnswersPerSecond,8:0.00}; plan {Text(cell.Plan)}; first {Text(cell.First)}; " +
            $"whole {Text(cell.Whole)}"));
    }

    private static string Text(QuantileReport? times) => times is null ? "-" : string.Create(
        CultureInfo.InvariantCulture, $"{1e3 * times.P50:0.0}, {1e3 * times.P95:0.0}, {1e3 * times.P99:0.0}");

    private static IEnumerable<string> Questions(string path)
    {
        foreach ((int number, string line) in InputText.Lines(InputText.ReadFile(path, "--questions")))
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            using JsonDocument document = JsonDocument.Parse(line);
            yield return document.RootElement.TryGetProperty("question", out JsonElement question)
                ? question.GetString()!
                : throw new InvalidDataException($"{path}:{number}: no question");
        }
    }

    private static int ClientCount(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int clients)
            && clients is > 0 and <= MostClients ? clients
            : throw new UsageException($"--clients '{text}': expected numbers of clients, such as 1,8,32");
}
