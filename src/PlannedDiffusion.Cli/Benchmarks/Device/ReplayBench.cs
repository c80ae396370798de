using System.Diagnostics;
using System.Globalization;
using PlannedDiffusion.Cuda;
using PlannedDiffusion.Engine;
using PlannedDiffusion.Models;
using PlannedDiffusion.Tokenization;

namespace PlannedDiffusion.Cli.Benchmarks.Device;

/// <summary>
/// Recorded requests replayed on random weights: plans and spans of the recorded lengths against as many span tokens
/// one at a time, in turn. The ratio of a request is autoregressive over planned time.
/// </summary>
internal static class ReplayBench
{
    public const string Name = "replay";

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
        CudaRunnerOptions runnerOptions = StepBench.Options(bench, positions);
        runnerOptions = runnerOptions with { Limits = runnerOptions.Limits with { MaxRowsPerStep = 1024 } };
        bench.Free();
        using var engine = new PlannedDiffusionEngine(
            CudaModelRunner.CreateRandom(config, 1, runnerOptions), tokenizer);
        bench.Notes.UnionWith(engine.Notes);
        var options = new GenerationOptions { Temperature = 0.2f, TopP = 0.95f, Seed = 42 };
        // The first request also pays for graphs that are not captured yet.
        _ = await MeasureAsync(engine, workloads[0].Requests[0].ToRequest(engine, options), cancellation);
        foreach (Workload workload in workloads) await RunAsync(engine, workload, options, rows, cancellation);
    }

    private static async Task RunAsync(
        PlannedDiffusionEngine engine,
        Workload workload,
        GenerationOptions options,
        DeviceRows rows,
        CancellationToken cancellation)
    {
        var all = new Sums();
        foreach (RecordedRequest request in workload.Requests)
        {
            MeasuredRequest one = request.ToRequest(engine, options);
            Sums sums = await MeasureAsync(engine, one, cancellation);
            all = all.Plus(sums);
            sums.AddTo(rows, one.Name.Length > 40 ? one.Name[..39] + "…" : one.Name);
        }

        all.AddTo(rows, $"all {workload.Requests.Length} requests of {workload.Name}");
    }

    private static async Task<Sums> MeasureAsync(
        PlannedDiffusionEngine engine, MeasuredRequest one, CancellationToken cancellation)
    {
        (double planned, int plannedPasses, _) = await RunAsync(engine, one.Request, cancellation);
        (double single, int singlePasses, int tokens) = await RunAsync(
            engine, one.Autoregressive(one.AnswerTokens), cancellation);
        return new Sums(planned, plannedPasses, single, singlePasses, tokens);
    }

    private static async Task<(double Microseconds, int Passes, int Tokens)> RunAsync(
        PlannedDiffusionEngine engine, GenerationRequest request, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        GenerationResult result = await engine.CompleteAsync(request, cancellation);
        double microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        return (microseconds, result.CriticalPath.Passes.Length, result.Usage.Text);
    }

    /// <summary>Requests of one file.</summary>
    /// <param name="Name">What to call them.</param>
    /// <param name="Requests">At least one.</param>
    public sealed record Workload(string Name, RecordedRequest[] Requests);

    private readonly record struct Sums(double Planned, int PlannedPasses, double Single, int SinglePasses, int Tokens)
    {
        public Sums Plus(Sums other) => new(
            Planned + other.Planned, PlannedPasses + other.PlannedPasses, Single + other.Single,
            SinglePasses + other.SinglePasses, Tokens + other.Tokens);

        public void AddTo(DeviceRows rows, string name)
        {
            double passes = (double)SinglePasses / PlannedPasses, time = Single / Planned;
            string note = string.Create(
                CultureInfo.InvariantCulture,
                $"x faster than {Tokens} tokens in {SinglePasses} passes; " +
                $"{passes:0.00} x fewer passes: {time / passes:0.00} of it");
            rows.Add(Name, name, 0, new DeviceTime(Planned, Planned), 0, 0, time, note);
        }
    }
}
