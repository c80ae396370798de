using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Cli.Benchmarks;
using PlannedDiffusion.Cli.Benchmarks.Device;
using PlannedDiffusion.Cli.Devices;
using PlannedDiffusion.Cli.Json;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Cli.Commands;

/// <summary><c>pd bench cuda</c>: kernels, steps and whole requests on a CUDA device, with random weights.</summary>
internal sealed class BenchCudaCommand
{
    private const string Tiny = "tiny", DefaultShape = "7b";

    private static readonly string[] Groups =
    [
        StartBench.Name, AttentionBench.Name, SamplingBench.Name, ProductBench.Name, StepBench.Name, ReplayBench.Name,
    ];

    private readonly Terminal _terminal;

    private readonly Argument<string[]> _groups = new("groups")
    {
        Description = $"What to measure, of: {string.Join(", ", Groups)}. Without it: all that needs no other option.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _shape = new("--shape")
    {
        Description = "Sizes of a published model (7b is Dream's), or tiny, to try the benchmarks themselves.",
        DefaultValueFactory = _ => DefaultShape,
    };

    private readonly Option<string[]> _workloads = new("--workload")
    {
        Description = "Recorded requests for replay, one JSON object on a line; may be given several times.",
        HelpName = "file",
    };

    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        Description = "Folder with the tokenizer for replay; without it the demo checkpoint's.",
        HelpName = "folder",
    };

    private readonly Option<int?> _requests = new("--requests")
    {
        Description = "Replays the first so many requests of each file only.",
        HelpName = "n",
    };

    private readonly KnobOptions _decoding = new();

    private readonly Option<bool> _noOverlap = new("--no-overlap")
    {
        Description = "In steps and replay, no kernel begins before the one before it has ended.",
    };

    private readonly Option<string?> _table = new("--table")
    {
        Description = "With products: write what is fastest on this device into this file, as a table of products. " +
            "Of a table that is there, only what was measured anew is replaced.",
        HelpName = "file",
    };

    private readonly Option<string?> _products = DeviceOptions.ProductTableOption();
    private readonly Option<int> _repetitions = BenchCommand.RepetitionsOption(30);
    private readonly Option<bool> _json = BenchCommand.JsonOption();
    private readonly Option<string?> _out = BenchCommand.OutOption();

    private BenchCudaCommand(Terminal terminal)
    {
        _terminal = terminal;
        OptionChecks.AtLeast(1, _requests);
        OptionGrammar.AcceptOnly(_groups, Groups);
        OptionGrammar.AcceptOnly(_shape, [Tiny, .. ModelShapes.Names.Where(name => name != ModelShapes.Custom)]);
    }

    public static Command Create(Terminal terminal)
    {
        var cuda = new BenchCudaCommand(terminal);
        var command = new Command("cuda", "Measure kernels, steps and whole requests on a CUDA device.")
        {
            cuda._groups, cuda._shape, cuda._workloads, cuda._tokenizer, cuda._requests,
            cuda._noOverlap, cuda._table, cuda._products, cuda._repetitions, cuda._json, cuda._out,
        };
        cuda._decoding.AddScheduleTo(command);
        command.SetAction(cuda.RunAsync);
        return command;
    }

    /// <summary>Attention alone, for <c>pd bench attention --device cuda</c>.</summary>
    public static Task MeasureAttentionAsync(
        Terminal terminal, BenchOpOptions options, ParseResult parse, CancellationToken cancellation)
    {
        var settings = new Settings([AttentionBench.Name], DefaultShape)
        {
            Repetitions = options.Repetitions(parse),
            Json = options.IsJson(parse),
            Out = options.Out(parse),
        };
        return new BenchCudaCommand(terminal).RunAsync(settings, cancellation);
    }

    private Task RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        string[] workloads = parse.GetValue(_workloads) ?? [];
        string[] groups = parse.GetValue(_groups) is { Length: > 0 } given
            ? given
            : [.. Groups.Where(group => group != ReplayBench.Name || workloads.Length > 0)];
        if (groups.Contains(ReplayBench.Name) && workloads.Length == 0)
            throw new UsageException("replay needs --workload");
        if (!groups.Contains(ProductBench.Name) && parse.GetValue(_table) is not null)
            throw new UsageException("--table is what products writes");
        var settings = new Settings(groups, parse.GetRequiredValue(_shape))
        {
            Workloads = workloads,
            Tokenizer = parse.GetValue(_tokenizer),
            Requests = parse.GetValue(_requests),
            Decoding = _decoding.ReadSchedule(parse, new DecodingKnobs { Common = ReplayBench.Options })
                .For(DecoderName.Planned),
            Overlap = !parse.GetValue(_noOverlap),
            Table = parse.GetValue(_table),
            ProductTable = parse.GetValue(_products),
            Repetitions = parse.GetValue(_repetitions),
            Json = parse.GetValue(_json),
            Out = parse.GetValue(_out),
        };
        return RunAsync(settings, cancellation);
    }

    private async Task RunAsync(Settings settings, CancellationToken cancellation)
    {
        using DeviceBench bench = DeviceBench.Open(
            settings.Repetitions, small: settings.Shape == Tiny, settings.Overlap, settings.ProductTable);
        double copy = bench.CopyGigabytesPerSecond();
        DeviceRows? rows = null;
        rows = new DeviceRows(copy, () => Save(settings.Out, Report(bench, settings.Shape, rows!)));
        foreach (string group in settings.Groups)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                await MeasureAsync(group, settings, bench, ConfigOf(settings.Shape), rows, cancellation);
            }
            catch (Exception e) when (e is not (OperationCanceledException or UsageException))
            {
                // The rest may still work, and what was measured is kept.
                rows.AddError(group, e);
            }
        }

        ModelLoader.Tell(_terminal, bench.Notes);
        DeviceBenchReport report = Report(bench, settings.Shape, rows);
        if (settings.Json)
            _terminal.Out.WriteLine(JsonSerializer.Serialize(report, CliJson.Readable.DeviceBenchReport));
        else Write(report, rows);
        if (rows.Errors.Count > 0)
            throw new InvalidOperationException($"{rows.Errors.Count} of {settings.Groups.Length} failed");
    }

    private static async Task MeasureAsync(
        string group,
        Settings settings,
        DeviceBench bench,
        ModelConfig config,
        DeviceRows rows,
        CancellationToken cancellation)
    {
        switch (group)
        {
            case StartBench.Name:
                StartBench.Run(bench, config, rows);
                break;
            case AttentionBench.Name:
                AttentionBench.Run(bench, config, rows);
                break;
            case SamplingBench.Name:
                SamplingBench.Run(bench, config, rows);
                break;
            case ProductBench.Name:
                ProductBench.Run(bench, config, rows, settings.Table);
                break;
            case StepBench.Name:
                StepBench.Run(bench, config, rows);
                break;
            default:
                ReplayBench.Workload[] workloads = [.. settings.Workloads.Select(path => new ReplayBench.Workload(
                    Path.GetFileNameWithoutExtension(path),
                    [.. RecordedRequest.Read(path).Take(settings.Requests ?? int.MaxValue)],
                    settings.Decoding))];
                string folder = settings.Tokenizer ?? ModelFolder.Resolve(null);
                await ReplayBench.RunAsync(bench, config, folder, workloads, rows, cancellation);
                break;
        }
    }

    private static ModelConfig ConfigOf(string shape)
    {
        ModelConfig config = shape == Tiny
            ? ModelShapes.Find(ModelShapes.Custom) with
            {
                HiddenSize = 64,
                IntermediateSize = 128,
                LayerCount = 2,
                HeadSize = 16,
                VocabularySize = 640,
            }
            : ModelShapes.Find(shape);
        return config with { MaskTokenId = config.VocabularySize - 1 };
    }

    private static DeviceBenchReport Report(DeviceBench bench, string shape, DeviceRows rows) => new(
        "cuda",
        BenchmarkFile.Origin(Environment.ProcessorCount),
        new DeviceReport(
            bench.Device.Name,
            bench.Device.Architecture,
            bench.DriverVersion,
            bench.Device.Multiprocessors,
            bench.Device.Memory().Total,
            bench.Device.Name.Contains("simulator", StringComparison.OrdinalIgnoreCase)),
        shape,
        bench.Repetitions,
        bench.OverlapsKernels,
        bench.Products.Description,
        rows.CopyGigabytesPerSecond,
        [.. rows.Rows],
        [.. rows.Errors]);

    // After each row: a run that is stopped at its time limit has measured something.
    private static void Save(string? path, DeviceBenchReport report)
    {
        if (path is null) return;
        string text = JsonSerializer.Serialize(report, CliJson.Readable.DeviceBenchReport) + "\n";
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }

    private void Write(DeviceBenchReport report, DeviceRows rows)
    {
        string copy = report.CopyGigabytesPerSecond.ToString("0", CultureInfo.InvariantCulture);
        _terminal.Out.WriteLine(
            $"{report.Device.Name} ({report.Device.Architecture}, {report.Device.Multiprocessors} multiprocessors), " +
            $"shape {report.Shape}, bf16, {(report.OverlapsKernels ? "overlapping" : "separate")} kernels, " +
            $"copy {copy} GB/s, products {report.ProductTable}, commit {report.Origin.Commit}");
        if (report.Device.Simulated) _terminal.Out.WriteLine("SIMULATED: the times mean nothing.");
        rows.Write(_terminal.Out);
    }

    /// <summary>What to measure, however it was asked for.</summary>
    private sealed record Settings(string[] Groups, string Shape)
    {
        public string[] Workloads { get; init; } = [];

        public string? Tokenizer { get; init; }

        public int? Requests { get; init; }

        public GenerationOptions Decoding { get; init; } = ReplayBench.Options;

        public bool Overlap { get; init; } = true;

        public string? Table { get; init; }

        public string? ProductTable { get; init; }

        public required int Repetitions { get; init; }

        public required bool Json { get; init; }

        public required string? Out { get; init; }
    }
}
