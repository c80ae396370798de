using System.CommandLine;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Cpu.Memory;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Host;

/// <summary><c>pd-bench ops</c>: measures the operations of a step except attention, in a model's shapes.</summary>
internal sealed class OpsCommand
{
    private readonly Terminal _terminal;
    private readonly OpOptions _options = new();

    private readonly Option<string> _shape = new("--shape")
    {
        Description = "Sizes of a published model.",
        DefaultValueFactory = _ => ModelShapes.Names[0],
    };

    private readonly Option<string?> _model = new("--model", "-m")
    {
        Description = "Take the sizes from this checkpoint instead.",
        HelpName = "folder",
    };

    private readonly Option<string> _rows = new("--rows")
    {
        Description = "Rows of a step.",
        DefaultValueFactory = _ => "1,64",
        HelpName = "n,..",
    };

    private readonly Option<string> _type = new("--type")
    {
        Description = "Types of weights: bf16, f32.",
        DefaultValueFactory = _ => "bf16",
        HelpName = "name,..",
    };

    private readonly Option<string?> _only = new("--only")
    {
        Description = "Only operations whose names contain this text.",
        HelpName = "text",
    };

    private OpsCommand(Terminal terminal)
    {
        _terminal = terminal;
        OptionGrammar.AcceptOnly(_shape, ModelShapes.Names);
    }

    public static Command Create(Terminal terminal)
    {
        var ops = new OpsCommand(terminal);
        var command = new CommandWithExamples(
            "ops", "Measure the operations of a step, each alone, against the machine's peak.",
            ["pd-bench ops --shape 0.5b --rows 1,64"])
        {
            ops._shape, ops._model, ops._rows, ops._type, ops._only,
        };
        ops._options.AddTo(command);
        command.SetAction((parse, cancellation) => Task.Run(() => ops.Run(parse, cancellation), cancellation));
        return command;
    }

    private void Run(ParseResult parse, CancellationToken cancellation)
    {
        int[] rows = OpOptions.Numbers(parse, _rows);
        string[] types = parse.GetRequiredValue(_type).Split(',');
        if (types.FirstOrDefault(type => type is not ("bf16" or "f32")) is { } wrong)
            throw new UsageException($"--type '{wrong}': choose from bf16, f32");
        ModelConfig config = parse.GetValue(_model) is { } folder
            ? ModelConfigFile.Read(Path.Combine(ModelFolder.Resolve(folder), ModelConfigFile.Name))
            : ModelShapes.Find(parse.GetRequiredValue(_shape));
        using OpRun run = _options.Start(parse, Largest(config, rows.Max(), types.Contains("f32")));
        using var ops = new ModelOps(config, run.Inputs, run.Threads);
        string only = parse.GetValue(_only) ?? "";
        foreach (NamedOp op in rows.SelectMany(count => ops.For(count, types))
            .Where(op => op.Name.Contains(only, StringComparison.Ordinal)))
        {
            cancellation.ThrowIfCancellationRequested();
            run.Add(run.Measure(op)[0]);
        }

        _options.Finish(parse, _terminal, run.Report("ops"));
    }

    /// <summary>Bytes of one set of the largest operation: the output head, or the logits of all rows.</summary>
    private static nint Largest(ModelConfig config, int rows, bool singles)
    {
        int outputs = Math.Max(config.VocabularySize, 2 * config.IntermediateSize);
        nint logits = (nint)Math.Min(rows, ModelOps.MostSampled) * Padding.ToVector(config.VocabularySize);
        nint row = Math.Max(2 * Padding.ToVector(config.IntermediateSize), 3 * config.HeadCount * config.HeadSize);
        return Math.Max(
            PackedMatrix.SizeOf(!singles, outputs, config.HiddenSize), sizeof(float) * Math.Max(logits, rows * row));
    }
}
