using System.Diagnostics;
using System.Globalization;
using PlannedDiffusion.Cli.Shared.Requests;
using PlannedDiffusion.Cuda;
using PlannedDiffusion.Cuda.Options;
using PlannedDiffusion.Decoding;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Forward;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Bench.Device;

/// <summary>
/// Replays recorded requests on random weights. Plans and spans have the recorded lengths. Each request runs planned
/// with drafts, planned without, and autoregressively for as many span tokens. The ratio is autoregressive over planned
/// time.
/// </summary>
internal static class ReplayBench
{
    public const string Name = "replay";

    /// <summary>The options with which the requests were recorded. The command may change the schedule.</summary>
    public static GenerationOptions Options { get; } = new() { Temperature = 0.2f, TopP = 0.95f, Seed = 42 };

    public static async Task RunAsync(
        DeviceBench bench,
        ModelConfig config,
        string tokenizerFolder,
        Workload[] workloads,
        DeviceRows rows,
        CancellationToken cancellation)
    {
        var tokenizer = Tokenizer.Load(tokenizerFolder);
        config = config with
        {
            VocabularySize = Math.Max(config.VocabularySize, tokenizer.VocabularySize),
            MaskTokenId = tokenizer.AddedTokenId("<|mask|>"),
        };
        int positions = workloads.Max(workload => workload.Requests.Max(request => request.Length));
        RunnerOptions options = StepBench.Options(bench, positions);
        options = options with { Limits = options.Limits! with { MaxRowsPerStep = 1024 } };
        bench.Free();
        using var engine = new PlannedDiffusionEngine(
            CudaModelRunner.CreateRandom(config, 1, options, StepBench.CudaOptions(bench)), tokenizer);
        bench.Notes.UnionWith(engine.Notes);
        // A warm-up: the first request also captures the graphs.
        RecordedRequest shortest = workloads.SelectMany(workload => workload.Requests).MinBy(one => one.Length)!;
        _ = await MeasureAsync(engine, shortest.ToRequest(engine, workloads[0].Options), cancellation);
        foreach (Workload workload in workloads) await RunAsync(engine, workload, rows, cancellation);
    }

    private static async Task RunAsync(
        PlannedDiffusionEngine engine, Workload workload, DeviceRows rows, CancellationToken cancellation)
    {
        var all = default(Sums);
        foreach (RecordedRequest request in workload.Requests)
        {
            MeasuredRequest one = request.ToRequest(engine, workload.Options);
            Sums sums = await MeasureAsync(engine, one, cancellation);
            all = all.Plus(sums);
            Add(rows, one.Name.Length > 40 ? one.Name[..39] + "…" : one.Name, sums.Planned, sums.Single);
        }

        string name = $"all {workload.Requests.Length} requests of {workload.Name}";
        Add(rows, name, all.Planned, all.Single);
        Add(rows, name + ", no drafts", all.Undrafted, all.Single);
    }

    private static async Task<Sums> MeasureAsync(
        PlannedDiffusionEngine engine, MeasuredRequest one, CancellationToken cancellation)
    {
        var planned = (PlannedOptions)one.Request.Options.Decoding;
        GenerationRequest undrafted = one.For(planned with { DraftPlans = false });
        return new Sums(
            await RunAsync(engine, one.Request, cancellation),
            await RunAsync(engine, undrafted, cancellation),
            await RunAsync(engine, one.Autoregressive(one.AnswerTokens), cancellation));
    }

    private static async Task<Run> RunAsync(
        PlannedDiffusionEngine engine, GenerationRequest request, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        GenerationResult result = await engine.CompleteAsync(request, cancellation);
        double microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        CriticalPath path = result.CriticalPath;
        return new Run(microseconds, path.Passes.Length, path.Drafted, path.Kept, result.Usage.Text);
    }

    private static void Add(DeviceRows rows, string name, Run planned, Run single)
    {
        double passes = (double)single.Passes / planned.Passes, time = single.Microseconds / planned.Microseconds;
        string note = string.Create(
            CultureInfo.InvariantCulture,
            $"x faster than {single.Text} tokens in {single.Passes} passes; " +
            $"{passes:0.00} x fewer passes: {time / passes:0.00} of it");
        if (planned.Drafted > 0) note += $"; {planned.Kept} of {planned.Drafted} drafts kept";
        var measured = new DeviceTime(planned.Microseconds, planned.Microseconds);
        rows.Add(new DeviceMeasurement(Name, name, 0, measured) { Ratio = time, Detail = note });
    }

    /// <summary>Requests of one file.</summary>
    /// <param name="Name">Name of the file.</param>
    /// <param name="Requests">At least one.</param>
    /// <param name="Options">How to decode them.</param>
    public sealed record Workload(string Name, RecordedRequest[] Requests, GenerationOptions Options);

    /// <summary>The time and passes of an answer, or the sums of several.</summary>
    private readonly record struct Run(double Microseconds, int Passes, int Drafted, int Kept, int Text)
    {
        public Run Plus(Run other) => new(
            Microseconds + other.Microseconds, Passes + other.Passes, Drafted + other.Drafted, Kept + other.Kept,
            Text + other.Text);
    }

    /// <summary>The same answers, planned with drafts and without, and one token at a time.</summary>
    private readonly record struct Sums(Run Planned, Run Undrafted, Run Single)
    {
        public Sums Plus(Sums other) =>
            new(Planned.Plus(other.Planned), Undrafted.Plus(other.Undrafted), Single.Plus(other.Single));
    }
}
