using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Cpu;
using PlannedDiffusion.Diagnostics;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Sampling;

namespace PlannedDiffusion.Bench.Host;

/// <summary><c>pd-bench step</c>: measures steps by rows, and compares them with the limits of the machine.</summary>
internal sealed class StepCommand
{
    private const int MostPositions = 1 << 24;

    private readonly Terminal _terminal;
    private readonly Option<string?> _model = ModelFolder.Option();

    private readonly Option<string> _rows = new("--rows")
    {
        Description = "Rows of each step. 1 is an autoregressive step; more is a denoise step, or prefill if the " +
            "model has no mask token.",
        DefaultValueFactory = _ => "1,8,64",
        HelpName = "n,n,..",
    };

    private readonly Option<int> _cached = new("--cached")
    {
        Description = "Positions in the K/V cache.",
        DefaultValueFactory = _ => 192,
        HelpName = "n",
    };

    private readonly Option<bool> _prefill = new("--prefill")
    {
        Description = "Measure prefill: each row sees those before it, and only the last one has logits.",
    };

    private readonly Option<int> _repetitions = CommonOptions.RepetitionsOption(15);
    private readonly Option<int> _threads = CommonOptions.ThreadsOption();
    private readonly Option<bool> _json = CommonOptions.JsonOption();
    private readonly Option<string?> _out = CommonOptions.OutOption();

    private StepCommand(Terminal terminal)
    {
        _terminal = terminal;
        OptionChecks.Between(0, MostPositions, _cached);
    }

    public static Command Create(Terminal terminal)
    {
        var step = new StepCommand(terminal);
        var command = new CommandWithExamples(
            "step", "Measure single steps, and probe memory and arithmetic before and after each.",
            ["pd-bench step --model FOLDER --rows 1,8,64 --cached 192"])
        {
            step._model, step._rows, step._cached, step._prefill, step._repetitions, step._threads, step._json,
            step._out,
        };
        command.SetAction((parse, cancellation) => Task.Run(() => step.Run(parse, cancellation), cancellation));
        return command;
    }

    private void Run(ParseResult parse, CancellationToken cancellation)
    {
        int[] rows = [.. parse.GetRequiredValue(_rows).Split(',').Select(RowCount)];
        string folder = ModelFolder.Resolve(parse.GetValue(_model));
        int cached = parse.GetValue(_cached), threads = parse.GetValue(_threads);
        using CpuModelRunner runner = Load(folder, threads, cached, rows.Max());
        bool prefill = parse.GetValue(_prefill), canDenoise = runner.Config.MaskTokenId is not null;
        using var probe = new MachineProbe(threads);
        var steps = new List<StepReport>();
        foreach (int count in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            var shape = new StepShape(count, cached, prefill || (count > 1 && !canDenoise));
            steps.Add(Measure(runner, probe, shape, parse.GetValue(_repetitions)));
        }

        ModelReport model = ReportFile.Model(folder);
        var report = new StepBenchReport("step", ReportFile.Origin(runner.Threads), model, steps);
        if (parse.GetValue(_out) is { } path)
            ReportFile.Write(path, "step", model, report, HostJson.Readable.StepBenchReport);
        if (parse.GetValue(_json))
            _terminal.Out.WriteLine(JsonSerializer.Serialize(report, HostJson.Readable.StepBenchReport));
        else Write(_terminal.Out, report);
    }

    private CpuModelRunner Load(string folder, int threads, int cached, int rows)
    {
        using var line = LoadingLine.On(_terminal);
        using var weights = ModelWeights.Load(folder);
        var limits = new RunnerLimits
        {
            MaxSequences = 1,
            MaxPositions = cached + rows + 1,
            MaxRowsPerStep = Math.Max(rows, Math.Clamp(cached, 1, 256)),
        };
        ModelLoader.Tell(_terminal, weights.Notes);
        return CpuModelRunner.Create(
            weights, new RunnerOptions { Threads = threads, Limits = limits, Progress = line });
    }

    private static StepReport Measure(CpuModelRunner runner, MachineProbe probe, StepShape shape, int repetitions)
    {
        MachineLimits before = probe.Measure();
        StepMeasurement step = StepBenchmark.Run(
            runner, shape, SamplingParams.Greedy, repetitions, runner.WeightBytesPerStep);
        MachineLimits after = probe.Measure();
        // The better of the two probes: a share above 1 would only mean that the speed of the machine changed.
        var limits = new MachineLimits(
            before.Threads,
            Math.Max(before.GigabytesPerSecond, after.GigabytesPerSecond),
            Math.Max(before.GigaflopsPerSecond, after.GigaflopsPerSecond));
        return new StepReport(
            shape.Prefill ? "prefill" : shape.Rows == 1 ? "autoregressive" : "denoise",
            shape.Rows,
            shape.Cached,
            repetitions,
            step.MedianMilliseconds,
            step.P95Milliseconds,
            step.GigabytesPerSecond,
            step.GigaflopsPerSecond,
            step.ShareOf(limits),
            step.AllocatedBytesPerStep,
            ReportFile.Probe(before),
            ReportFile.Probe(after));
    }

    private static void Write(TextWriter writer, StepBenchReport report)
    {
        writer.WriteLine($"{report.Model.Name}: {Units.Count(report.Model.Parameters)} in {report.Model.Types}, " +
            $"{report.Origin.Processor}, {report.Origin.Threads} threads, {report.Origin.Simd}");
        var table = new TextTable(
            "stage", "rows>", "cached>", "median ms>", "p95 ms>", "GB/s>", "probed>", "GFLOP/s>", "probed>", "share>",
            "B/step>");
        foreach (StepReport step in report.Steps)
        {
            table.Add(
                step.Stage,
                Text(step.Rows, "0"),
                Text(step.Cached, "0"),
                Text(step.MedianMilliseconds, "0.00"),
                Text(step.P95Milliseconds, "0.00"),
                Text(step.GigabytesPerSecond, "0.0"),
                $"{Text(step.Before.GigabytesPerSecond, "0.0")}..{Text(step.After.GigabytesPerSecond, "0.0")}",
                Text(step.GigaflopsPerSecond, "0"),
                $"{Text(step.Before.GigaflopsPerSecond, "0")}..{Text(step.After.GigaflopsPerSecond, "0")}",
                Text(step.ShareOfLimits, "0 %"),
                Text(step.AllocatedBytesPerStep, "0"));
        }

        table.Write(writer);
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static int RowCount(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int rows)
            && rows is > 0 and <= MostPositions ? rows
            : throw new UsageException($"--rows '{text}': expected numbers of rows, such as 1,8,64");
}
