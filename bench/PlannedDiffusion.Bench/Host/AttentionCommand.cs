using System.CommandLine;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Streams;

namespace PlannedDiffusion.Bench.Host;

/// <summary><c>pd-bench attention</c>: measures what ranges of spans save against a mask.</summary>
internal sealed class AttentionCommand
{
    private const double Tolerance = 1e-4;
    private const int MostShapes = 1000;

    private readonly Terminal _terminal;
    private readonly OpOptions _options = new();
    private readonly Option<string> _prefix = List("--prefix", "n,..", "Keys before the spans.", "192,768");
    private readonly Option<string> _spans = List("--spans", "nxm,..", "Spans x tokens of each.", "1x64,4x64,8x32");

    private readonly Option<string> _heads = List(
        "--heads", "n/m,..", "Number of query heads / of key and value heads.", "14/2");

    private readonly Option<string> _headSize = List("--head-size", "n,..", "Head sizes.", "64,128");

    private readonly Option<string> _type = new("--type")
    {
        Description = "Type of keys and values. The CPU has only f32.",
        DefaultValueFactory = _ => "f32",
    };

    private readonly Option<string> _device = new("--device")
    {
        Description = "cpu; or cuda to run pd-bench cuda attention.",
        DefaultValueFactory = _ => "cpu",
    };

    private AttentionCommand(Terminal terminal)
    {
        _terminal = terminal;
        OptionGrammar.AcceptOnly(_type, "f32");
        OptionGrammar.AcceptOnly(_device, "cpu", "cuda");
    }

    /// <param name="terminal">The streams that it reads and writes.</param>
    /// <param name="onDevice">Measures attention on a CUDA device.</param>
    public static Command Create(Terminal terminal, Func<Terminal, OpSettings, CancellationToken, Task> onDevice)
    {
        var attention = new AttentionCommand(terminal);
        var command = new CommandWithExamples(
            "attention", "Measure span-isolated attention against dense attention and against a mask.",
            ["pd-bench attention --prefix 192 --spans 4x64,8x32"])
        {
            attention._prefix, attention._spans, attention._heads, attention._headSize, attention._type,
            attention._device,
        };
        attention._options.AddTo(command);
        command.SetAction((parse, cancellation) => parse.GetValue(attention._device) == "cuda"
            ? onDevice(terminal, attention._options.Read(parse), cancellation)
            : Task.Run(() => attention.Run(parse, cancellation), cancellation));
        return command;
    }

    private void Run(ParseResult parse, CancellationToken cancellation)
    {
        AttentionCase[] shapes = [.. Shapes(parse)];
        if (shapes.Length > MostShapes)
            throw new UsageException($"the grid has {shapes.Length} shapes; {MostShapes} is the most");
        nint largest = shapes.Max(shape => (nint)shape.Bytes * 2);
        using OpRun run = _options.Start(parse, largest);
        foreach (AttentionCase shape in shapes) Measure(run, shape, cancellation);
        _options.Finish(parse, _terminal, run.Report("attention"));
    }

    private IEnumerable<AttentionCase> Shapes(ParseResult parse) =>
        from heads in OpOptions.Pairs(parse, _heads, '/', "query heads / key and value heads, such as 14/2")
        from size in OpOptions.Numbers(parse, _headSize)
        from prefix in OpOptions.Numbers(parse, _prefix)
        from spans in OpOptions.Pairs(parse, _spans, 'x', "spans x length, such as 4x64")
        select heads.First % heads.Second == 0
            ? new AttentionCase(prefix, spans.First, spans.Second, heads.First, heads.Second, size)
            : throw new UsageException($"--heads {heads.First}/{heads.Second}: the second does not divide the first");

    private static void Measure(OpRun run, AttentionCase shape, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var ops = new AttentionOps(shape, run.Inputs, run.Threads);
        TimedOp isolated = ops.Ranges(isolated: true), masked = ops.Masked();
        Compare(run, ops, isolated, masked);
        NamedOp Named(string way, TimedOp op) => new("attention", $"{shape}", "f32", shape.Rows, op, way);
        OpReport[] rows = run.Measure(
            Named("isolated", isolated), Named("dense", ops.Ranges(isolated: false)), Named("masked", masked));
        foreach (OpReport row in rows)
        {
            run.Add(row with
            {
                TilesVisited = shape.KeyTiles(row.Way == "isolated"),
                TilesOfMask = shape.KeyTiles(isolated: false),
                SpeedupOverMask = rows[2].MedianMicroseconds / row.MedianMicroseconds,
            });
        }
    }

    /// <summary>Checks that both ways have the same result. Otherwise their times could not be compared.</summary>
    private static void Compare(OpRun run, AttentionOps ops, TimedOp isolated, TimedOp masked)
    {
        run.RunOnce(isolated, 0);
        float[] expected = ops.Outputs(0).ToArray();
        run.RunOnce(masked, 0);
        ReadOnlySpan<float> actual = ops.Outputs(0);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - actual[i]) <= Tolerance))
                throw new InvalidOperationException($"ranges and mask differ: {expected[i]} and {actual[i]} at {i}");
        }
    }

    private static Option<string> List(string name, string helpName, string description, string value) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
        HelpName = helpName,
    };
}
