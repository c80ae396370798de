using System.Globalization;
using System.Text.Json;
using PlannedDiffusion.Bench.Host;
using PlannedDiffusion.Cli.Shared;
using PlannedDiffusion.Cli.Shared.Options;
using PlannedDiffusion.Cli.Shared.Reports;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Cli.Shared.Streams;
using PlannedDiffusion.Models;

namespace PlannedDiffusion.Bench.Device;

/// <summary>Runs groups of benchmarks on a CUDA device. If one fails, the others still run and are reported.</summary>
internal static class DeviceRun
{
    public const string Tiny = "tiny", DefaultShape = "7b";

    /// <summary>Runs the group attention alone.</summary>
    public static Task AttentionAsync(Terminal terminal, OpSettings settings, CancellationToken cancellation) =>
        RunAsync(
            terminal,
            new DeviceRunSettings([AttentionBench.Name], DefaultShape)
            {
                Repetitions = settings.Repetitions,
                Json = settings.Json,
                Out = settings.Out,
            },
            cancellation);

    public static async Task RunAsync(
        Terminal terminal, DeviceRunSettings settings, CancellationToken cancellation)
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
                // The other groups may still work, and the rows so far are kept.
                rows.AddError(group, e);
            }
        }

        ModelLoader.Tell(terminal, bench.Notes);
        DeviceBenchReport report = Report(bench, settings.Shape, rows);
        if (settings.Json)
            terminal.Out.WriteLine(JsonSerializer.Serialize(report, DeviceJson.Readable.DeviceBenchReport));
        else Write(terminal.Out, report, rows);
        if (rows.Errors.Count > 0)
            throw new InvalidOperationException($"{rows.Errors.Count} of {settings.Groups.Length} failed");
    }

    private static async Task MeasureAsync(
        string group,
        DeviceRunSettings settings,
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
        ReportFile.Origin(Environment.ProcessorCount),
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

    // The file is written after each row, so that a run that is stopped at its time limit has results.
    private static void Save(string? path, DeviceBenchReport report)
    {
        if (path is null) return;
        string text = JsonSerializer.Serialize(report, DeviceJson.Readable.DeviceBenchReport) + "\n";
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }

    private static void Write(TextWriter writer, DeviceBenchReport report, DeviceRows rows)
    {
        string copy = report.CopyGigabytesPerSecond.ToString("0", CultureInfo.InvariantCulture);
        writer.WriteLine(
            $"{report.Device.Name} ({report.Device.Architecture}, {report.Device.Multiprocessors} multiprocessors), " +
            $"shape {report.Shape}, bf16, {(report.OverlapsKernels ? "overlapping" : "separate")} kernels, " +
            $"copy {copy} GB/s, products {report.ProductTable}, commit {report.Origin.Commit}");
        if (report.Device.Simulated) writer.WriteLine("SIMULATED: the times mean nothing.");
        rows.Write(writer);
    }
}
