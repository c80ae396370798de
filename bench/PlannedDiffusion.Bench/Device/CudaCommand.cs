using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Bench.Host;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Device;

/// <summary><c>pd-bench cuda</c>: measures kernels, steps and requests on a CUDA device, with random weights.</summary>
internal sealed class CudaCommand
{
    private static readonly string[] Groups =
    [
        StartBench.Name, AttentionBench.Name, SamplingBench.Name, ProductBench.Name, StepBench.Name, ReplayBench.Name,
    ];

    private readonly Terminal _terminal;

    private readonly Argument<string[]> _groups = new("groups")
    {
        Description = $"Groups to measure: {string.Join(", ", Groups)}. The default is all that need no other option.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _shape = new("--shape")
    {
        Description = "Sizes of a published model (7b is Dream's), or tiny to test the benchmarks.",
        DefaultValueFactory = _ => DeviceRun.DefaultShape,
    };

    private readonly Option<string[]> _workloads = new("--workload")
    {
        Description = "File of recorded requests for replay, as JSON lines. The option may be repeated.",
        HelpName = "file",
    };

    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        Description = "Folder with the tokenizer for replay. The default is the demo checkpoint.",
        HelpName = "folder",
    };

    private readonly Option<int?> _requests = new("--requests")
    {
        Description = "Replay only the first n requests of each file.",
        HelpName = "n",
    };

    private readonly KnobOptions _decoding = new(KnobTable.Schedule);

    private readonly Option<bool> _noOverlap = new("--no-overlap")
    {
        Description = "In steps and replay, kernels do not overlap: each begins after the end of the one before.",
    };

    private readonly Option<string?> _table = new("--table")
    {
        Description = "With products: write the fastest kernels on this device to this file, as a product table. " +
            "In an existing table only the measured shapes are replaced.",
        HelpName = "file",
    };

    private readonly Option<string?> _products = DeviceOptions.ProductTableOption();
    private readonly Option<int> _repetitions = CommonOptions.RepetitionsOption(30);
    private readonly Option<bool> _json = CommonOptions.JsonOption();
    private readonly Option<string?> _out = CommonOptions.OutOption();

    private CudaCommand(Terminal terminal)
    {
        _terminal = terminal;
        OptionChecks.AtLeast(1, _requests);
        OptionGrammar.AcceptOnly(_groups, Groups);
        string[] published = [.. ModelShapes.Names.Where(name => name != ModelShapes.Custom)];
        OptionGrammar.AcceptOnly(_shape, [DeviceRun.Tiny, .. published]);
    }

    public static Command Create(Terminal terminal)
    {
        var cuda = new CudaCommand(terminal);
        var command = new CommandWithExamples(
            "cuda", "Measure kernels, steps and whole requests on a CUDA device.",
            [
                "pd-bench cuda steps attention --out cuda.json",
                "pd-bench cuda replay --workload bench/workloads/alpaca30.jsonl",
            ])
        {
            cuda._groups, cuda._shape, cuda._workloads, cuda._tokenizer, cuda._requests,
            cuda._noOverlap, cuda._table, cuda._products, cuda._repetitions, cuda._json, cuda._out,
        };
        cuda._decoding.AddTo(command);
        command.SetAction(cuda.RunAsync);
        return command;
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
            throw new UsageException("--table needs the group products, which writes it");
        var settings = new DeviceRunSettings(groups, parse.GetRequiredValue(_shape))
        {
            Workloads = workloads,
            Tokenizer = parse.GetValue(_tokenizer),
            Requests = parse.GetValue(_requests),
            Decoding = _decoding.Read(parse, new DecodingKnobs { Common = ReplayBench.Options })
                .For(DecoderName.Planned),
            Overlap = !parse.GetValue(_noOverlap),
            Table = parse.GetValue(_table),
            ProductTable = parse.GetValue(_products),
            Repetitions = parse.GetValue(_repetitions),
            Json = parse.GetValue(_json),
            Out = parse.GetValue(_out),
        };
        return DeviceRun.RunAsync(_terminal, settings, cancellation);
    }
}
